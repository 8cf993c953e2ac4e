import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Range search with second thoughts, and options of nested indexes")
struct RefinedRangeTests {
  let rows = DataShape.clustered.make(500, dimension: 8, seed: 310)
  let queries = DataShape.clustered.make(20, dimension: 8, seed: 311)

  private func filled(_ factory: String) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: factory).makeIndex(dimension: 8, metric: .l2)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  private func radius(k: Int) -> Float {
    Float(Oracle(rows, metric: .l2).nearest(queries, k: k).queries[0][k - 1].value)
  }

  @Test("an exact first index misses nothing")
  func exact() throws {
    var refiner = FlatIndex(dimension: 8)
    try refiner.add(rows)
    let index = try RefinedIndex(refiner, by: refiner)
    let filter = IDFilter.range(100..<400)
    for options in [SearchOptions(), SearchOptions(filter: filter)] {
      let found = try index.rangeSearch(queries, radius: radius(k: 40), options: options)
      expectSameRange(
        found, Oracle(rows, metric: .l2), queries, radius: radius(k: 40), filter: options.filter,
        tolerance: 1e-5, mayMiss: false, "refined")
    }
    expectError(.unsupported, naming: ["k_factor"]) {
      _ = try index.rangeSearch(queries, radius: 1, options: SearchOptions(refineFactor: 2))
    }
  }

  @Test(
    "values are exact, and what is found is within",
    arguments: ["IVF4,PQ4x4fs,RFlat", "SQ4,RFlat", "IVF4,PQ4+8", "HNSW8,SQ8,RFlat"])
  func approximate(_ factory: String) throws {
    let index = try filled(factory)
    let source = try #require(index as? any Reconstructible)
    let options = SearchOptions(
      probes: factory.hasPrefix("IVF") ? 4 : nil, efSearch: factory.hasPrefix("HNSW") ? 500 : nil)
    let wanted = radius(k: 60)
    let found = try #require(index as? any RangeSearchable)
      .rangeSearch(queries, radius: wanted, options: options)
    #expect(found.queryCount == 20)
    var total = 0
    for query in 0..<20 {
      let row = found.row(query)
      total += row.count
      for (id, distance) in row {
        let vector = try source.reconstruct(id)
        let exact = zip(vector, queries[query]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(abs(exact - distance) <= 1e-4 * max(1, exact), "\(factory) id \(id)")
        #expect(distance < wanted)
      }
      let isOrdered = zip(row, row.dropFirst()).allSatisfy { $0.distance <= $1.distance }
      #expect(isOrdered, "\(factory)")
    }
    let within = Oracle(rows, metric: .l2).within(queries, radius: wanted).reduce(0) {
      $0 + $1.count
    }
    #expect(total * 10 >= within * 7, "\(factory): \(total) of \(within)")
  }

  @Test("options of one search reach the indexes inside")
  func nestedOptions() throws {
    let index = try filled("PCA6,IVF16,PQ3x4,RFlat")
    let wide = try index.search(
      queries, k: 5, options: SearchOptions(probes: 16, refineFactor: 100))
    var set = index
    try KnobSettings(parsing: "nprobe=16,k_factor_rf=100").apply(to: &set)
    #expect(try set.search(queries, k: 5) == wide)
    #expect(try index.search(queries, k: 5) != wide)
    let filtered = try index.search(
      queries, k: 5,
      options: SearchOptions(probes: 16, refineFactor: 100, filter: .range(0..<9)))
    #expect(filtered.ids.allSatisfy { $0 < 9 })
    let limited = try index.search(queries, k: 5, options: SearchOptions(probes: 16, maxCodes: 1))
    #expect((0..<limited.queryCount).allSatisfy { limited.row($0).count == 1 })
    for options in [SearchOptions(efSearch: 3), SearchOptions(coarseProbes: 3)] {
      expectError(.unsupported) { _ = try index.search(queries, k: 5, options: options) }
    }
  }

  @Test("an inverted file that finds the cells of another takes its own number of lists")
  func coarseProbes() throws {
    var cells = try IVFIndex(dimension: 8, listCount: 6)
    let centroids = rows.rows(0..<40)
    try cells.train(on: rows)
    try cells.add(centroids)
    var index = try IVFIndex(dimension: 8, listCount: 40, coarse: cells)
    try index.add(rows)
    let few = try index.search(queries, k: 5, options: SearchOptions(probes: 20))
    let many = try index.search(queries, k: 5, options: SearchOptions(probes: 20, coarseProbes: 6))
    var set = index
    try KnobSettings(parsing: "nprobe=20,quantizer_nprobe=6").apply(to: &set)
    #expect(try set.search(queries, k: 5) == many)
    #expect(few != many)
    expectError(.unsupported) {
      _ = try index.search(queries, k: 5, options: SearchOptions(coarseEfSearch: 6))
    }
  }

  @Test("a polysemous threshold may be given to one search")
  func hammingThreshold() throws {
    for factory in ["PQ4", "IVF4,PQ4", "PQ4,RFlat"] {
      let index = try filled(factory)
      let all = try index.search(queries, k: 5)
      let none = try index.search(queries, k: 5, options: SearchOptions(hammingThreshold: 0))
      #expect(none != all, "\(factory)")
      var set = index
      try KnobSettings(parsing: "ht=6").apply(to: &set)
      let some = try index.search(queries, k: 5, options: SearchOptions(hammingThreshold: 6))
      #expect(try set.search(queries, k: 5) == some, "\(factory)")
    }
  }
}
