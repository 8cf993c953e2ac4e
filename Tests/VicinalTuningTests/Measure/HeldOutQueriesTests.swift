import Testing
import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Held-out queries and exact neighbours")
struct HeldOutQueriesTests {
  private let rows = DataShape.clustered.make(800, dimension: 8, seed: 131)

  private func index(_ name: String) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: name).makeIndex(dimension: 8, metric: .l2)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  /// Places of the truth are the oracle's without the query itself.
  private func check(_ queries: HeldOutQueries, _ rows: Vectors, metric: Metric = .l2) {
    let exact = Oracle(rows, metric: metric)
      .nearest(Vectors(queries.values, dimension: rows.dimension), k: queries.k + 1)
    for (query, own) in queries.ownIDs.enumerated() {
      let expected = exact.queries[query].map(\.id).filter { $0 != own }.prefix(queries.k)
      #expect(queries.truth.row(query).map(\.id) == Array(expected), "query \(query), \(rows)")
    }
  }

  @Test(
    "queries taken from an index leave out themselves",
    arguments: ["Flat", "HNSW8,Flat", "IVF8,Flat", "IVF8_HNSW8,Flat"])
  func sampled(name: String) throws {
    let queries = try #require(try HeldOutQueries.sampled(from: index(name), count: 40, k: 7))
    #expect(queries.ownIDs.count == 40 && Set(queries.ownIDs).count == 40 && queries.k == 7)
    for (query, own) in queries.ownIDs.enumerated() {
      #expect(Array(queries.values[query * 8..<query * 8 + 8]) == Array(rows[Int(own)]))
      #expect(queries.truth.row(query).count == 7)
      #expect(queries.truth.row(query).allSatisfy { $0.id != own })
    }
    check(queries, rows)
  }

  @Test("queries of another dimension, or with NaN, are refused")
  func wrongQueries() throws {
    let index = try index("Flat")
    let source = try InMemoryEmbeddings(rows.values, dimension: 8)
    // As many floats as whole rows of 8.
    for dimension in [4, 16, 2] {
      let wrong = try InMemoryEmbeddings(rows.values, dimension: dimension)
      expectError(.dimensionMismatch, naming: ["\(dimension)", "8"]) {
        _ = try HeldOutQueries.given(wrong, source: source, index: index, k: 3)
      }
      expectError(.dimensionMismatch, naming: ["\(dimension)", "8"]) {
        _ = try HeldOutQueries.given(source, source: wrong, index: index, k: 3)
      }
    }
    var broken = rows.rows(0..<4).values
    broken[17] = .nan
    expectError(.notFinite, naming: ["row 2", "queries"]) {
      _ = try HeldOutQueries.given(
        InMemoryEmbeddings(broken, dimension: 8), source: source, index: index, k: 3)
    }
    let right = try HeldOutQueries.given(source, source: source, index: index, k: 3)
    #expect(right.truth.ids.enumerated().allSatisfy { $1 == $0 / 3 || $0 % 3 > 0 })
  }

  @Test("an index of one vector scores 1 everywhere: there is nothing to find")
  func oneVector() throws {
    var flat = FlatIndex(dimension: 8)
    try flat.add(rows.rows(0..<1))
    let queries = try HeldOutQueries.sampled(
      from: InMemoryEmbeddings(rows.rows(0..<1).values, dimension: 8), index: flat, count: 1, k: 40)
    let scores = try IndexScores(flat, queries, options: SearchOptions())
    #expect(scores.recall1At20 == 1 && scores.recall1At40 == 1 && scores.recall10 == 1)
  }

  @Test("an exact index has recall 1, one that finds only the query itself has recall 0")
  func recall() throws {
    let index = try index("Flat")
    let queries = try #require(try HeldOutQueries.sampled(from: index, count: 40, k: 7))
    #expect(try queries.recall(of: index, k: 7, options: SearchOptions()) == 1)
    let own = SearchOptions(filter: .ids(queries.ownIDs.prefix(1)))
    let one = HeldOutQueries(
      dimension: 8, values: Array(queries.values.prefix(8)), ownIDs: [queries.ownIDs[0]],
      truth: Neighbors(
        k: 7, distances: Array(queries.truth.distances.prefix(7)),
        ids: Array(queries.truth.ids.prefix(7))))
    #expect(try one.recall(of: index, k: 7, options: own) == 0)
  }

  @Test("queries taken from behind an id map leave out themselves")
  func mapped() throws {
    var index = try IDMapIndex(FlatIndex(dimension: 8))
    let ids = (0..<800).map { Int64($0) + 10_000 }
    try index.add(rows.batch(), ids: ids.span, execution: Execution())
    let queries = try #require(try HeldOutQueries.sampled(from: index, count: 1, k: 3))
    #expect(try queries.recall(of: index, k: 3, options: SearchOptions()) == 1)
    let own = try index.search(Vectors(queries.values, dimension: 8), k: 1).ids
    let onlyItself = SearchOptions(filter: .ids(own))
    #expect(try queries.recall(of: index, k: 3, options: onlyItself) == 0)
  }

  @Test("queries can be taken from an index that vectors were removed from")
  func afterRemoval() throws {
    var index = try #require(try index("IVF8,Flat") as? IVFIndex)
    try index.remove(.range(0..<300))
    let queries = try #require(try HeldOutQueries.sampled(from: index, count: 20, k: 5))
    #expect(queries.ownIDs.allSatisfy { $0 >= 300 })
  }

  @Test(
    "queries taken from the data, in batches of any size, cosine too",
    arguments: ["Flat", "L2norm,Flat"], [1, 37, 1000])
  func fromSource(name: String, chunk: Int) throws {
    let source = ChunkedSource(vectors: rows, chunk: chunk)
    let isCosine = name != "Flat"
    let metric: Metric = isCosine ? .innerProduct : .l2
    let index = try IndexSpec(parsing: name).makeIndex(dimension: 8, metric: metric)
    let queries = try HeldOutQueries.sampled(from: source, index: index, count: 25, k: 6)
    let normalized = isCosine ? rows.normalized : rows
    let asked = Vectors(queries.values, dimension: 8)
    expectSameNeighbors(
      try GroundTruth.find(
        in: source, queries: asked.batch(), k: 9, metric: metric, isNormalized: isCosine),
      Oracle(normalized, metric: metric).nearest(isCosine ? asked.normalized : asked, k: 9),
      tolerance: 1e-5)
    #expect(queries.truth.ids.count == 150 && queries.ownIDs.count == 25)
    for (query, own) in queries.ownIDs.enumerated() {
      #expect(queries.truth.row(query).allSatisfy { $0.id != own })
    }
  }

  @Test("exact neighbours do not depend on where batches end", arguments: Metric.everyMetric)
  func boundaries(metric: Metric) throws {
    var positive = DataShape.integers.make(500, dimension: 5, seed: 132)
    for place in positive.values.indices {
      positive.values[place] = (positive.values[place] + 1) / 5
    }
    let queries = positive.rows(100..<110)
    let whole = try GroundTruth.find(
      in: positive.source(), queries: queries.batch(), k: 20, metric: metric)
    expectSameNeighbors(
      whole, Oracle(positive, metric: metric).nearest(queries, k: 20), tolerance: 1e-5)
    for chunk in [1, 7, 499] {
      let found = try GroundTruth.find(
        in: ChunkedSource(vectors: positive, chunk: chunk), queries: queries.batch(), k: 20,
        metric: metric)
      #expect(found == whole, "\(metric), batches of \(chunk), \(positive)")
    }
  }

  @Test("more than one internal batch of rows, and k beyond the count")
  func large() throws {
    let many = DataShape.uniform.make(70_000, dimension: 4, seed: 133)
    let queries = many.rows(at: [0, 65_535, 65_536, 69_999])
    let found = try GroundTruth.find(
      in: many.source(), queries: queries.batch(), k: 5, metric: .l2)
    expectSameNeighbors(
      found, Oracle(many, metric: .l2).nearest(queries, k: 5), tolerance: 1e-5)
    #expect((0..<4).map { found.ids[$0 * 5] } == [0, 65_535, 65_536, 69_999])
    let three = rows.rows(0..<3)
    let few = try GroundTruth.find(
      in: three.source(), queries: three.batch(), k: 5, metric: .l2)
    #expect(few.row(0).count == 3 && few.ids[4] == -1 && few.queryCount == 3)
  }

  @Test(
    "vectors of a graph are found no better as queries than others, behind maps and transforms too",
    arguments: ["HNSW4,Flat", "IDMap,HNSW4,Flat", "L2norm,HNSW4,Flat", "HNSW4,SQ8"])
  func ownLinks(name: String) throws {
    let all = DataShape.clustered.make(6000, dimension: 24, seed: 134)
    let (rows, others) = (all.rows(0..<5000), all.rows(5000..<6000))
    var index = try IndexSpec(parsing: name).makeIndex(dimension: 24, metric: .innerProduct)
    try index.train(on: rows)
    try index.add(rows)
    let given = try HeldOutQueries.given(
      others.source(), source: rows.source(), index: index, k: 10)
    let own = try HeldOutQueries.sampled(
      from: rows.source(), index: index, count: 1000, k: 10, seed: 5)
    let options = SearchOptions(efSearch: 12)
    let true0 = try given.recall(of: index, k: 10, options: options)
    let measured = try own.recall(of: index, k: 10, options: options)
    // The standard error of either is about 0.006 here.
    #expect(abs(measured - true0) < 0.03, "\(measured) instead of \(true0)")
    #expect(true0 < 0.97)
  }
}
