import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Removing, merging and forgetting in every kind of binary index")
struct BinaryNumberedTests {
  let rows = BitVectors.random(300, dimension: 48, seed: 31)
  let queries = BitVectors.random(10, dimension: 48, seed: 32)

  private func filled(_ subject: BinarySubject, _ rows: BitVectors) throws -> any BinaryIndex {
    var index = try subject.trained(48)
    try index.add(rows.batch())
    return index
  }

  private func remove(_ filter: IDFilter, from index: inout any BinaryIndex) throws -> Int {
    var removable = try #require(index as? any BinaryRemovable)
    defer { index = removable }
    return try removable.remove(filter)
  }

  private func merge(
    _ other: inout any BinaryIndex, into index: inout any BinaryIndex, _ offset: Int64
  ) throws {
    let mergeable = try #require(index as? any BinaryMergeable)
    index = try merged(mergeable, &other, offset)
  }

  private func merged<Index: BinaryMergeable>(
    _ index: Index, _ other: inout any BinaryIndex, _ offset: Int64
  ) throws -> any BinaryIndex {
    var (index, same) = (index, try #require(other as? Index))
    try index.merge(from: &same, idOffset: offset)
    other = same
    return index
  }

  /// Whether the others keep their ids when one is removed.
  private func keepsIDs(_ index: any BinaryIndex) -> Bool {
    index is BinaryIVFIndex || index is BinaryIDMapIndex || index is BinaryHashIndex
  }

  @Test("every kind forgets what a filter contains", arguments: BinarySubject.exact)
  func removing(_ subject: BinarySubject) throws {
    let gone = IDFilter.any([.range(40..<110), .list([0, 299, 500])])
    var index = try filled(subject, rows)
    let copy = index
    #expect(try remove(gone, from: &index) == 72 && index.count == 228, "\(subject)")
    #expect(try remove(.list([]), from: &index) == 0)
    let kept = (0..<300).filter { !gone.contains(Int64($0)) }
    let found = try index.search(queries.batch(), k: 9)
    if keepsIDs(index) {
      #expect(found == rows.neighbors(of: queries, k: 9) { !gone.contains($0) }, "\(subject)")
    } else {
      var left = try subject.trained(48)
      for row in kept {
        let one = rows.rows(row..<row + 1)
        try left.add(one.batch())
      }
      #expect(try left.search(queries.batch(), k: 9) == found, "\(subject)")
    }
    let source = try #require(index as? any BinaryReconstructible)
    for (place, row) in kept.enumerated() where row % 20 == 5 {
      let id = Int64(keepsIDs(index) ? row : place)
      #expect(try source.reconstruct(id) == Array(rows[row]), "\(subject) row \(row)")
    }
    expectError(.notFound) { _ = try source.reconstruct(keepsIDs(index) ? 299 : 228) }
    #expect(copy.count == 300)
    #expect(try copy.search(queries.batch(), k: 9) == rows.neighbors(of: queries, k: 9))
  }

  @Test("every kind takes over another's vectors", arguments: BinarySubject.exact)
  func merging(_ subject: BinarySubject) throws {
    for cut in [0, 1, 120, 300] {
      var index = try filled(subject, rows.rows(0..<cut))
      var other = try filled(subject, rows.rows(cut..<300))
      try merge(&other, into: &index, keepsIDs(index) ? Int64(cut) : 0)
      #expect(index.count == 300 && other.count == 0, "\(subject)")
      let found = try index.search(queries.batch(), k: 9)
      #expect(found == rows.neighbors(of: queries, k: 9), "\(subject) cut at \(cut)")
      try other.add(rows.batch())
      #expect(try other.search(queries.batch(), k: 9) == found)
    }
  }

  @Test("every kind forgets all and can be filled again", arguments: BinarySubject.exact)
  func resetting(_ subject: BinarySubject) throws {
    var index = try filled(subject, queries)
    let copy = index
    try index.reset()
    #expect(index.count == 0 && index.isTrained && copy.count == 10, "\(subject)")
    try index.add(rows.batch())
    let found = try index.search(queries.batch(), k: 9)
    #expect(found == rows.neighbors(of: queries, k: 9), "\(subject)")
  }

  @Test("id maps over every kind remove and merge by their ids", arguments: BinarySubject.exact)
  func mapped(_ subject: BinarySubject) throws {
    let inner = try subject.trained(48)
    guard !(inner is BinaryIDMapIndex) else { return }
    let ids = (0..<300).map { 7_000 + Int64($0) * 3 }
    var index = try BinaryIDMapIndex(inner, isReversible: true)
    var other = index
    let (front, back) = (rows.rows(0..<200), rows.rows(200..<300))
    let names = (Array(ids[..<200]), (0..<100).map { Int64($0) * 3 })
    try index.add(front.batch(), ids: names.0.span, execution: Execution())
    try other.add(back.batch(), ids: names.1.span, execution: Execution())
    try index.merge(from: &other, idOffset: 7_600)
    #expect(index.ids == ids && other.count == 0, "\(subject)")
    #expect(try index.remove(.ids(ids[50..<90])) == 40, "\(subject)")
    let found = try index.search(queries.batch(), k: 9)
    let gone = Set(ids[50..<90])
    let expected = rows.neighbors(of: queries, k: 9, ids: ids) { !gone.contains($0) }
    #expect(found == expected, "\(subject)")
    #expect(try index.reconstruct(ids[120]) == Array(rows[120]), "\(subject)")
    expectError(.notFound) { _ = try index.reconstruct(ids[60]) }
    expectError(.invalidArgument) {
      var negative = try BinaryIDMapIndex(inner, isReversible: true)
      try negative.add(back.batch(), ids: names.1.span, execution: Execution())
      try index.merge(from: &negative, idOffset: -1)
    }
    #expect(index.count == 260)
  }

  @Test("flat and inverted indexes are copied in part")
  func subsets() throws {
    var flat = try BinaryFlatIndex(dimension: 48)
    try flat.add(rows.batch())
    var target = try BinaryFlatIndex(dimension: 48)
    try flat.copySubset(.modulus(3, remainder: 1), to: &target)
    #expect(target.count == 100)
    #expect(try target.reconstruct(5) == Array(rows[16]))
    var lists = try BinaryIVFIndex(dimension: 48, listCount: 6)
    try lists.train(on: rows.batch())
    lists.probes = 6
    let empty = lists
    try lists.add(rows.batch())
    var part = empty
    try lists.copySubset(.ids(20..<200), to: &part)
    #expect(part.count == 180)
    let found = try part.search(queries.batch(), k: 9)
    #expect(found == rows.neighbors(of: queries, k: 9) { (20..<200).contains($0) })
    var whole = empty
    for slice in 0..<4 { try lists.copySubset(.slice(part: slice, of: 4), to: &whole) }
    #expect(whole.count == 300)
    #expect(try whole.search(queries.batch(), k: 9) == rows.neighbors(of: queries, k: 9))
    var narrow = try BinaryFlatIndex(dimension: 40)
    expectError(.invalidArgument) { try flat.copySubset(.ids(0..<2), to: &narrow) }
    expectError(.invalidArgument) { try flat.copySubset(.slice(part: 3, of: 3), to: &target) }
  }
}
