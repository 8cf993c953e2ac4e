import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Direct maps over floats and codes")
struct IVFUpdateTests {
  static let cases = ["Flat", "SQ8", "PQ4x4fs", "PQ4x4fsr"].flatMap { code in
    [DirectMap.Kind.none, .array, .hashTable].map { (code, $0) }
  }

  let rows = DataShape.clustered.make(300, dimension: 8, seed: 320)
  let new = DataShape.clustered.make(40, dimension: 8, seed: 321)
  let queries = DataShape.clustered.make(12, dimension: 8, seed: 322)

  private func trained(_ code: String, _ kind: DirectMap.Kind) throws -> IVFIndex {
    let made = try IndexSpec(parsing: "IVF7,\(code)").makeIndex(dimension: 8, metric: .l2)
    var index = try #require(made as? IVFIndex)
    try index.train(on: rows)
    try index.setDirectMap(kind)
    index.probes = 7
    return index
  }

  /// Requires that every id is found where it is.
  private func expectSame(
    _ index: IVFIndex, as expected: IVFIndex, ids: [Int64], _ context: String
  ) throws {
    #expect(index.count == ids.count && expected.count == ids.count, "\(context)")
    for id in ids {
      #expect(try index.reconstruct(id) == expected.reconstruct(id), "\(context) id \(id)")
    }
    #expect(try index.search(queries, k: 9) == expected.search(queries, k: 9), "\(context)")
    var rebuilt = index
    try rebuilt.setDirectMap(index.directMap.kind)
    #expect(rebuilt.directMap == index.directMap, "\(context)")
  }

  @Test("new values, removal and additions keep the map right", arguments: cases)
  func changes(_ code: String, _ kind: DirectMap.Kind) throws {
    let context = "IVF7,\(code) with map \(kind)"
    var index = try trained(code, kind)
    try index.add(rows)
    var expected = try trained(code, .none)
    let places = (0..<40).map { $0 * 7 % 300 }
    var values = rows
    for (row, place) in places.enumerated() { values[place] = new[row] }
    try expected.add(values)
    let ids = places.map(Int64.init)
    try index.replace(ids.span, with: new.batch())
    try expectSame(index, as: expected, ids: Array(0..<300), context)
    let gone = IDFilter.range(20..<60)
    #expect(try index.remove(gone) == 40)
    try expected.remove(gone)
    let kept = Array(0..<20) + Array(60..<Int64(300))
    for id in kept {
      #expect(try index.reconstruct(id) == expected.reconstruct(id), "\(context) id \(id)")
    }
    #expect(try index.reconstruct(kept.span) == expected.reconstruct(kept.span), "\(context)")
    expectError(.notFound) { _ = try index.reconstruct(25) }
    expectError(.notFound) {
      let absent: [Int64] = [25]
      let one = new.rows(0..<1)
      try index.replace(absent.span, with: one.batch())
    }
    let last: [Int64] = [299]
    let one = new.rows(5..<6)
    try index.replace(last.span, with: one.batch())
    try expected.replace(last.span, with: one.batch())
    #expect(try index.search(queries, k: 9) == expected.search(queries, k: 9), "\(context)")
  }

  @Test("cancelling leaves everything as it was", arguments: cases)
  func cancelled(_ code: String, _ kind: DirectMap.Kind) throws {
    var index = try trained(code, kind)
    try index.add(rows)
    let before = try index.search(queries, k: 9)
    let ids = (0..<40).map { Int64($0) }
    expectError(.cancelled) {
      try index.replace(
        ids.span, with: new.batch(), execution: Execution(isCancelled: { true }))
    }
    #expect(try index.count == 300 && index.search(queries, k: 9) == before)
    #expect(try index.reconstruct(5) == index.reconstruct(5..<6))
  }

  @Test("repeated ids all get the new value without a map")
  func repeated() throws {
    var index = try trained("Flat", .none)
    let ids = (0..<300).map { Int64($0 % 100) }
    try index.add(rows, ids: ids)
    let one = new.rows(0..<1)
    let changed: [Int64] = [42]
    try index.replace(changed.span, with: one.batch())
    #expect(index.count == 300)
    let found = try index.search(one, k: 3)
    #expect(found.ids == [42, 42, 42] && found.distances == [0, 0, 0])
  }

  @Test("vectors come along with a search, repeated ids included")
  func searchAndReconstruct() throws {
    var index = try trained("Flat", .none)
    try index.add(rows, ids: [Int64](repeating: 5, count: 300))
    let found = try index.searchAndReconstruct(queries.batch(), k: 6)
    let exact = Oracle(rows, metric: .l2).nearest(queries, k: 6)
    for query in 0..<queries.count {
      for place in 0..<6 {
        let row = Int(exact.queries[query][place].id)
        #expect(Array(found.vector(query: query, place: place)) == Array(rows[row]))
      }
    }
  }
}
