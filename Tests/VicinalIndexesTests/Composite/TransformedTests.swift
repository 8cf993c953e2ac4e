import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("TransformedIndex: cosine similarity")
struct TransformedTests {
  private let data = IVFData(400, dimension: 12, metric: .innerProduct, listCount: 5)

  /// One of each kind, filled.
  private func indexes() throws -> [any VectorIndex] {
    try ["L2norm,Flat", "L2norm,IVF5,Flat", "IDMap2,L2norm,Flat"].map { name in
      var index = try IndexSpec(parsing: name).makeIndex(dimension: 12, metric: .innerProduct)
      try index.train(on: data.rows)
      try index.add(data.rows)
      return index
    }
  }

  private func options(_ index: any VectorIndex) -> SearchOptions {
    SearchOptions(probes: index.core is IVFIndex ? 5 : nil)
  }

  @Test("it finds what brute force finds on normalised vectors")
  func cosine() throws {
    let oracle = Oracle(data.rows.normalized, metric: .innerProduct)
    for index in try indexes() {
      #expect(index.count == 400 && index.dimension == 12 && index.metric == .innerProduct)
      let found = try index.search(data.queries, k: 15, options: options(index))
      expectSameNeighbors(
        found, oracle.nearest(data.queries.normalized, k: 15), tolerance: 1e-5, "\(type(of: index))"
      )
      #expect(found.distances.allSatisfy { abs($0) < 1.0001 })
      let range = try #require(index as? any RangeSearchable)
      expectSameRange(
        try range.rangeSearch(data.queries, radius: 0.3, options: options(index)), oracle,
        data.queries.normalized, radius: 0.3, tolerance: 1e-5)
    }
  }

  @Test(
    "the length of a query or a vector changes nothing, however extreme",
    arguments: [1e-30, 1e-10, 3, 1e10, 1e30] as [Float])
  func scale(factor: Float) throws {
    var scaled = data.queries
    for place in scaled.values.indices { scaled.values[place] *= factor }
    for index in try indexes() {
      let expected = try index.search(data.queries, k: 8, options: options(index))
      let found = try index.search(scaled, k: 8, options: options(index))
      for (a, b) in zip(found.distances, expected.distances) {
        #expect(abs(a - b) < 1e-5, "factor \(factor)")
      }
    }
    #expect(
      try L2Normalization(dimension: 12).apply(scaled.batch()).allSatisfy { abs($0) <= 1 })
  }

  @Test("a zero vector stays zero: similarity 0 with everything")
  func zero() throws {
    let zero = Vectors([Float](repeating: 0, count: 12), dimension: 12)
    for var index in try indexes() {
      try index.add(zero)
      let found = try index.search(zero, k: 401, options: options(index))
      #expect(found.row(0).count == 401 && found.distances.allSatisfy { $0 == 0 })
      #expect(found.ids == (0..<401).map { $0 }, "ties by id")
      let source = try #require(index as? any Reconstructible)
      #expect(try source.reconstruct(400) == zero.values)
    }
  }

  @Test("vectors come back normalised")
  func reconstruct() throws {
    let expected = data.rows.normalized
    for index in try indexes() {
      let source = try #require(index as? any Reconstructible)
      for row in [0, 200, 399] {
        for (a, b) in zip(try source.reconstruct(Int64(row)), expected[row]) {
          #expect(abs(a - b) < 1e-6)
        }
      }
      expectError(.notFound) { _ = try source.reconstruct(400) }
    }
  }

  @Test("removing and adding by id reach the index behind")
  func changes() throws {
    var lists = TransformedIndex(
      try IVFIndex(dimension: 12, metric: .innerProduct, listCount: 5))
    try lists.train(on: data.rows)
    let ids = (0..<400).map { Int64($0) + 10_000 }
    try lists.add(data.rows, ids: ids)
    #expect(try lists.remove(.range(10_000..<10_100)) == 100 && lists.count == 300)
    expectSameNeighbors(
      try lists.search(data.queries, k: 5, options: SearchOptions(probes: 5)),
      Oracle(data.rows.normalized, metric: .innerProduct, ids: ids)
        .nearest(data.queries.normalized, k: 5, filter: .not(.range(10_000..<10_100))),
      tolerance: 1e-5)
    var flat = TransformedIndex(FlatIndex(dimension: 12, metric: .innerProduct))
    expectError(.unsupported) {
      try flat.add(data.rows, ids: ids)
    }
    var graph = TransformedIndex(try HNSWIndex(dimension: 12, metric: .innerProduct))
    try graph.add(data.rows)
    expectError(.unsupported) { try graph.remove(.all([])) }
    #expect(flat.count == 0 && graph.count == 400)
    #expect(try graph.search(data.queries, k: 1).ids.allSatisfy { $0 >= 0 })
  }

  @Test("NaN is an error naming the row of the caller")
  func notFinite() throws {
    var broken = data.rows
    broken.values[33 * 12 + 1] = .nan
    for var index in try indexes() {
      expectError(.notFinite, naming: ["row 33"]) { try index.add(broken) }
      expectError(.notFinite, naming: ["row 33"]) { _ = try index.search(broken, k: 1) }
      expectError(.dimensionMismatch) { try index.add(Vectors([1, 2], dimension: 2)) }
      #expect(index.count == 400)
    }
  }

  @Test("a copy is a snapshot")
  func snapshot() throws {
    for var index in try indexes() {
      let copy = index
      let before = try copy.search(data.queries, k: 4, options: options(copy))
      try index.add(data.queries)
      #expect(
        try copy.count == 400 && copy.search(data.queries, k: 4, options: options(copy)) == before)
    }
  }
}
