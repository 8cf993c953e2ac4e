import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IDMapIndex")
struct IDMapTests {
  private let rows = DataShape.clustered.make(300, dimension: 8, seed: 61)
  private let queries = DataShape.clustered.make(10, dimension: 8, seed: 62)
  private let ids: [Int64] = (0..<300).map { ($0 * 7919) % 300 + 5_000_000_000_000 }

  private func make(
    _ inner: any VectorIndex = FlatIndex(dimension: 8), ids: [Int64]? = nil, isReversible: Bool
  ) throws -> IDMapIndex {
    var index = try IDMapIndex(inner, isReversible: isReversible)
    try index.add(rows, ids: ids ?? self.ids)
    return index
  }

  private func oracle(ids: [Int64]? = nil) -> Oracle {
    Oracle(rows, metric: .l2, ids: ids ?? self.ids)
  }

  @Test("results carry the caller's ids, filters mean them", arguments: [true, false])
  func search(isReversible: Bool) throws {
    let index = try make(isReversible: isReversible)
    #expect(index.count == 300 && index.dimension == 8 && index.metric == .l2 && index.isTrained)
    for filter in [nil, IDFilter.range(ids[3]..<ids[3] + 80), .ids([0, 1, 2])] {
      expectSameNeighbors(
        try index.search(queries, k: 12, options: SearchOptions(filter: filter)),
        oracle().nearest(queries, k: 12, filter: filter), tolerance: 1e-5)
      expectSameRange(
        try index.rangeSearch(queries, radius: 20, options: SearchOptions(filter: filter)),
        oracle(), queries, radius: 20, filter: filter, tolerance: 1e-5)
    }
  }

  @Test("equal distances are ordered by the caller's ids, in range search too")
  func ties() throws {
    let same = DataShape.constant.make(6, dimension: 8, seed: 63)
    var index = try IDMapIndex(FlatIndex(dimension: 8))
    try index.add(same, ids: [9, 2, 7, 1, 8, 3])
    let query = same.rows(0..<1)
    #expect(try index.search(query, k: 6).ids == [1, 2, 3, 7, 8, 9])
    #expect(try index.rangeSearch(query, radius: 1).ids == [1, 2, 3, 7, 8, 9])
  }

  @Test("vectors come back by id; of repeated ids the last one", arguments: [true, false])
  func reconstruct(isReversible: Bool) throws {
    let index = try make(isReversible: isReversible)
    #expect(index.isReversible == isReversible)
    for row in [0, 17, 299] { #expect(try index.reconstruct(ids[row]) == Array(rows[row])) }
    for id in [-1, 0, 299, Int64.max] {
      expectError(.notFound, naming: ["\(id)"]) { _ = try index.reconstruct(id) }
    }
    let repeated = try make(ids: (0..<300).map { $0 % 10 }, isReversible: isReversible)
    #expect(try repeated.reconstruct(4) == Array(rows[294]))
  }

  @Test(
    "removing takes every vector with the id, and keeps the rest findable",
    arguments: [true, false])
  func remove(isReversible: Bool) throws {
    var index = try make(isReversible: isReversible)
    let gone = IDFilter.range(5_000_000_000_050..<5_000_000_000_150)
    #expect(try index.remove(gone) == 100 && index.count == 200)
    expectSameNeighbors(
      try index.search(queries, k: 9), oracle().nearest(queries, k: 9, filter: .not(gone)),
      tolerance: 1e-5)
    for row in 0..<300 where !gone.contains(ids[row]) {
      #expect(try index.reconstruct(ids[row]) == Array(rows[row]), "row \(row)")
    }
    expectError(.notFound) { _ = try index.reconstruct(5_000_000_000_050) }
    var repeated = try make(ids: (0..<300).map { $0 % 10 }, isReversible: isReversible)
    #expect(try repeated.remove(.ids([4, 5])) == 60 && repeated.count == 240)
    #expect(try repeated.reconstruct(6) == Array(rows[296]))
  }

  @Test(
    "lists inside number what is left anew", arguments: [DirectMap.Kind.none, .array, .hashTable])
  func removeFromLists(_ kind: DirectMap.Kind) throws {
    let data = IVFData(300, dimension: 8, listCount: 3)
    var lists = try data.trained()
    try lists.setDirectMap(kind)
    for inner: any VectorIndex in [lists, TransformedIndex(lists)] {
      var index = try make(inner, isReversible: true)
      let kept = try index.reconstruct(ids[299])
      #expect(try index.remove(.ids(Array(ids.prefix(100)))) == 100 && index.count == 200)
      #expect(try index.reconstruct(ids[299]) == kept)
      expectError(.notFound) { _ = try index.reconstruct(ids[99]) }
      let found = try index.search(queries, k: 200)
      #expect(Set(found.row(0).map(\.id)).isSubset(of: ids[100...]))
      #expect(try (index.inner.core as? IVFIndex)?.reconstruct(199).count == 8)
    }
  }

  @Test("an index inside whose ids are not its positions is an error, not a crash")
  func foreignIDs() throws {
    let data = IVFData(300, dimension: 8, listCount: 3)
    let inner = try data.filled(ids: (0..<300).map { $0 + 1000 })
    #expect(throws: IndexError.self) {
      _ = try IDMapIndex(inner, ids: ids).search(queries, k: 3)
    }
  }

  @Test("id maps around id maps are refused, behind transforms too")
  func nested() throws {
    let inner = try make(isReversible: false)
    let names = Array(0..<Int64(300))
    for index: any VectorIndex in [inner, TransformedIndex(inner)] {
      expectError(.invalidArgument, naming: ["id map"]) { _ = try IDMapIndex(index, ids: names) }
    }
  }

  @Test("an index of another kind that gives any ids is an error, not a crash")
  func strangeIDs() throws {
    for id in [Int64(300), .max] {
      let index = try IDMapIndex(Strange(id: id), ids: ids)
      expectError(.unsupported, naming: ["\(id)"]) { _ = try index.search(queries, k: 1) }
      expectError(.unsupported, naming: ["\(id)"]) { _ = try index.rangeSearch(queries, radius: 1) }
    }
  }

  /// Says that it holds 300 vectors and always finds the same.
  private struct Strange: RangeSearchable {
    var id: Int64
    var dimension: Int { 8 }
    var metric: Metric { .l2 }
    var count: Int { 300 }
    var isTrained: Bool { true }
    var byteCount: Int { 0 }
    mutating func train(on sample: borrowing VectorBatch, execution: Execution) {}
    mutating func add(_ vectors: borrowing VectorBatch, execution: Execution) {}
    func search(_ queries: borrowing VectorBatch, k: Int, options: SearchOptions) -> Neighbors {
      Neighbors(k: 1, distances: [0], ids: [id])
    }
    func rangeSearch(
      _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
    ) -> RangeNeighbors {
      RangeNeighbors(limits: [0, 1], distances: [0], ids: [id])
    }
  }

  @Test("negative ids are refused, given or made by merging")
  func negativeIDs() throws {
    var flat = FlatIndex(dimension: 8)
    try flat.add(queries)
    expectError(.invalidArgument, naming: ["-3"]) {
      _ = try IDMapIndex(flat, ids: [0, 1, -3, 3, 4, 5, 6, 7, 8, 9])
    }
    var index = try make(isReversible: false)
    for offset in [Int64(-1), .min, .max] {
      var other = try IDMapIndex(flat, ids: (0..<10).map { $0 })
      expectError(.invalidArgument, naming: ["\(offset)"]) {
        try index.merge(from: &other, idOffset: offset)
      }
      #expect(index.count == 300 && other.count == 10 && index.inner.count == 300)
    }
  }

  @Test("a copy is a snapshot")
  func snapshot() throws {
    var index = try make(isReversible: true)
    let copy = index
    let before = try copy.search(queries, k: 5)
    try index.remove(.range(0..<5_000_000_000_200))
    try index.add(queries, ids: (0..<10).map { $0 })
    #expect(try copy.count == 300 && copy.search(queries, k: 5) == before)
    #expect(try copy.reconstruct(ids[0]) == Array(rows[0]))
  }

  @Test("merging appends with shifted ids", arguments: [true, false])
  func merge(isReversible: Bool) throws {
    var index = try make(isReversible: isReversible)
    var other = try IDMapIndex(FlatIndex(dimension: 8), isReversible: isReversible)
    try other.add(queries, ids: (0..<10).map { $0 })
    try index.merge(from: &other, idOffset: 100)
    #expect(index.count == 310 && other.count == 0)
    #expect(try index.reconstruct(107) == Array(queries[7]))
    #expect(try index.search(queries, k: 1).ids == (100..<110).map { $0 })
    var apart = try IDMapIndex(FlatIndex(dimension: 9))
    expectError(.invalidArgument) { try index.merge(from: &apart) }
    #expect(index.count == 310)
  }

  @Test("misuse is a typed error and leaves the index as it was")
  func errors() throws {
    var index = try make(isReversible: true)
    expectError(.invalidArgument, naming: ["10", "2"]) {
      try index.add(queries, ids: [1, 2])
    }
    var broken = queries
    broken.values[3 * 8] = .nan
    expectError(.notFinite, naming: ["row 3"]) {
      try index.add(broken, ids: (0..<10).map { $0 })
    }
    #expect(index.count == 300 && index.ids == ids)
    expectError(.notFound) { _ = try index.reconstruct(3) }
    expectError(.invalidArgument, naming: ["300", "2"]) {
      _ = try IDMapIndex(index.inner, ids: [1, 2])
    }
  }

  @Test("vectors added without ids get their positions, and training reaches the index inside")
  func naturalIDs() throws {
    let data = IVFData(300, dimension: 8, listCount: 3)
    var index = try IDMapIndex(IVFIndex(dimension: 8, listCount: 3), isReversible: true)
    #expect(!index.isTrained)
    try index.train(on: data.rows)
    try index.add(data.rows)
    #expect(index.isTrained && index.ids == (0..<300).map { $0 })
    #expect(try index.reconstruct(200) == Array(data.rows[200]))
    let probes = SearchOptions(probes: 3)
    expectSameNeighbors(
      try index.search(data.queries, k: 5, options: probes),
      data.oracle().nearest(data.queries, k: 5), tolerance: 1e-5)
  }
}
