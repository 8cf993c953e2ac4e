import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IVFIndex: ids, removal, merging, copying")
struct IVFRowsTests {
  private let data = IVFData(600, listCount: 12)
  private let wide: [Int64] = (0..<600).map { 1_000_000_000_000 + 7 * $0 }

  @Test(
    "ids of the caller's choice, beyond 10¹² too", arguments: [DirectMap.Kind.none, .hashTable])
  func largeIDs(map: DirectMap.Kind) throws {
    let index = try data.filled(ids: wide, map)
    expectSameNeighbors(
      try data.search(index), data.oracle(ids: wide).nearest(data.queries, k: 10), tolerance: 1e-5)
    #expect(try index.reconstruct(wide[77]) == Array(data.rows[77]))
    expectError(.notFound) { _ = try index.reconstruct(77) }
  }

  @Test(
    "every kind of direct map finds every id, and follows adding and removing",
    arguments: [DirectMap.Kind.none, .hashTable, .array])
  func directMaps(kind: DirectMap.Kind) throws {
    var index = try data.filled()
    try index.setDirectMap(kind)
    #expect(index.directMap.kind == kind)
    try index.add(data.queries)
    let all = data.rows + data.queries
    for id in 0..<620 { #expect(try index.reconstruct(Int64(id)) == Array(all[id]), "id \(id)") }
    for id in [-1, 620, Int64.max, .min] {
      expectError(.notFound, naming: ["\(id)"]) { _ = try index.reconstruct(id) }
    }
    // Removing from the end keeps the ids 0 ..< count, which an array needs.
    #expect(try index.remove(.range(600..<620)) == 20)
    for id in 0..<600 { #expect(try index.reconstruct(Int64(id)) == Array(all[id]), "id \(id)") }
    expectError(.notFound) { _ = try index.reconstruct(600) }
    try index.setDirectMap(.none)
    #expect(try index.reconstruct(5) == Array(all[5]))
  }

  @Test("an array map refuses ids that it cannot hold, and the index stays as it was")
  func arrayMapLimits() throws {
    var index = try data.filled(ids: wide)
    expectError(.invalidArgument, naming: ["hash table"]) { try index.setDirectMap(.array) }
    #expect(index.directMap.kind == .none)
    var own = try data.filled()
    try own.setDirectMap(.array)
    expectError(.unsupported, naming: ["hash table"]) {
      try own.add(data.queries, ids: Array(wide.prefix(20)))
    }
    #expect(own.count == 600)
  }

  @Test("a change that an array map cannot follow either works or changes nothing")
  func arrayMapRemoval() throws {
    var index = try data.filled()
    try index.setDirectMap(.array)
    var removed = 0
    do throws(IndexError) { removed = try index.remove(.range(0..<100)) } catch {}
    #expect(index.count == 600 - removed)
    let wrong = (100..<600).filter {
      (try? index.reconstruct(Int64($0))) != Array(data.rows[$0])
    }
    #expect(wrong.count == 0, "\(wrong.count) ids give another vector or none")
  }

  @Test("a merge that an array map cannot follow changes neither index")
  func arrayMapMerge() throws {
    var index = try data.filled()
    try index.setDirectMap(.array)
    var other = try data.filled()
    do throws(IndexError) { try index.merge(from: &other, idOffset: 5000) } catch {}
    #expect(index.count + other.count == 1200)
    #expect(other.count == 0 || (index.count == 600 && other.count == 600))
    var copied = try data.trained()
    try copied.setDirectMap(.array)
    do throws(IndexError) { try index.copySubset(.ids(100..<110), to: &copied) } catch {}
    #expect(copied.count == 0 || (try? copied.reconstruct(105)) == Array(data.rows[105]))
  }

  @Test(
    "removed vectors are gone, the others keep their ids",
    arguments: [DirectMap.Kind.none, .hashTable])
  func removal(map: DirectMap.Kind) throws {
    var index = try data.filled(ids: wide, map)
    let gone = IDFilter.any([.range(wide[100]..<wide[300]), .ids([wide[5], 3])])
    #expect(try index.remove(gone) == 201)
    #expect(index.count == 399 && index.listIDs.flatMap { $0 }.count == 399)
    expectSameNeighbors(
      try data.search(index),
      data.oracle(ids: wide).nearest(data.queries, k: 10, filter: .not(gone)), tolerance: 1e-5)
    #expect(try index.reconstruct(wide[450]) == Array(data.rows[450]))
    expectError(.notFound) { _ = try index.reconstruct(wide[5]) }
    #expect(try index.remove(.any([])) == 0 && index.remove(.all([])) == 399 && index.count == 0)
    try index.add(data.rows)
    #expect(index.count == 600)
  }

  @Test(
    "merging moves the vectors of the other behind, their ids shifted",
    arguments: [DirectMap.Kind.none, .hashTable])
  func merging(map: DirectMap.Kind) throws {
    var index = try data.trained()
    try index.setDirectMap(map)
    var other = index
    try index.add(data.rows.rows(0..<250))
    try other.add(data.rows.rows(250..<600))
    try index.merge(from: &other, idOffset: 250)
    #expect(index.count == 600 && other.count == 0 && other.isTrained)
    expectSameNeighbors(
      try data.search(index), data.oracle().nearest(data.queries, k: 10), tolerance: 1e-5)
    #expect(try index.reconstruct(599) == Array(data.rows[599]))
    #expect(try data.search(other) == Neighbors(empty: 20, k: 10, metric: .l2))
    try other.add(data.rows)
    #expect(try data.search(other) == data.search(index), "the emptied index is usable")
  }

  @Test("a merge that would make ids negative changes neither index")
  func mergeOffsets() throws {
    var index = try data.filled()
    for offset in [Int64(-1), -2000, .min, .max] {
      var other = try data.filled()
      expectError(.invalidArgument, naming: ["\(offset)"]) {
        try index.merge(from: &other, idOffset: offset)
      }
      #expect(index.count == 600 && other.count == 600)
      #expect(try data.search(index) == data.search(other))
    }
  }

  @Test("indexes with other cells do not merge, and stay as they were")
  func mergeErrors() throws {
    var index = try data.filled()
    let before = index.listIDs
    for other in [
      IVFData(600, listCount: 11), IVFData(600, dimension: 8, listCount: 12),
      IVFData(600, metric: .innerProduct, listCount: 12),
      IVFData(600, listCount: 12, seed: 77),
    ] {
      var apart = try other.filled()
      expectError(.invalidArgument, other.description) { try index.merge(from: &apart) }
      expectError(.invalidArgument) { try apart.copySubset(.ids(0..<9), to: &index) }
      #expect(apart.count == 600 && index.listIDs == before)
    }
    var untrained = try IVFIndex(dimension: 16, listCount: 12)
    expectError(.notTrained) { try index.merge(from: &untrained) }
  }

  @Test("copying a subset takes the vectors that were selected")
  func subsets() throws {
    let index = try data.filled()
    let positions = index.listIDs.flatMap { $0 }
    func copied(_ selection: SubsetSelection) throws -> [Int64] {
      var target = try data.trained()
      try index.copySubset(selection, to: &target)
      #expect(target.count == target.listIDs.flatMap { $0 }.count)
      for id in target.listIDs.flatMap({ $0 }).prefix(5) {
        #expect(try target.reconstruct(id) == Array(data.rows[Int(id)]))
      }
      return target.listIDs.flatMap { $0 }
    }
    #expect(try copied(.ids(100..<130)).sorted() == (100..<130).map { $0 })
    #expect(
      try copied(.modulus(7, remainder: 3)).sorted() == stride(from: 3, to: 600, by: 7).map { $0 })
    #expect(try copied(.elements(50..<200)) == Array(positions[50..<200]))
    #expect(try copied(.elements(0..<0)).isEmpty && copied(.elements(590..<900)).count == 10)
    let slices = try (0..<4).map { try copied(.slice(part: $0, of: 4)) }
    #expect(slices.flatMap { $0 }.sorted() == (0..<600).map { $0 })
    #expect(slices.allSatisfy { abs($0.count - 150) <= 12 }, "each list is cut evenly")
    for selection in [
      SubsetSelection.modulus(0, remainder: 0), .modulus(3, remainder: 3), .slice(part: 2, of: 2),
      .slice(part: 0, of: 0), .modulus(3, remainder: -1),
    ] {
      expectError(.invalidArgument, "\(selection)") { _ = try copied(selection) }
    }
  }

  @Test("repeated ids are all found and all removed")
  func repeatedIDs() throws {
    var index = try data.filled(ids: (0..<600).map { $0 % 3 })
    #expect(try data.search(index, k: 5).ids.allSatisfy { (0..<3).contains($0) })
    #expect(try index.remove(.ids([1])) == 200 && index.count == 400)
  }
}
