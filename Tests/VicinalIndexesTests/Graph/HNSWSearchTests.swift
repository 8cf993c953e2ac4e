import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes

@Suite struct HNSWSearchTests {
  @Test(
    "finds nearly all neighbours, in both metrics, with and without codes",
    arguments: [Metric.l2, .innerProduct], [true, false])
  func recallAgainstBruteForce(metric: Metric, isAccelerated: Bool) throws {
    let fixture = GraphFixture(metric: metric)
    let index = try fixture.makeIndex(isAccelerated: isAccelerated)
    let truth = try fixture.exact()
    let found = try fixture.search(index, SearchOptions(efSearch: 64))
    #expect(graphRecall(found, of: truth) > 0.97)
  }

  @Test("walking over codes costs next to no recall")
  func codesAgainstFloats() throws {
    let fixture = GraphFixture()
    let truth = try fixture.exact()
    let coded = try fixture.search(fixture.makeIndex(), SearchOptions(efSearch: 32))
    let plain = try fixture.search(
      fixture.makeIndex(isAccelerated: false), SearchOptions(efSearch: 32))
    #expect(graphRecall(coded, of: truth) > graphRecall(plain, of: truth) - 0.01)
  }

  @Test("codes tell close vectors apart however far they are from the mean")
  func tightClusters() throws {
    let dimension = 24
    let values = clusteredVectors(3000, dimension: dimension, clusters: 30, spread: 0.01, seed: 3)
    let queries = clusteredVectors(50, dimension: dimension, clusters: 30, spread: 0.01, seed: 4)
    var flat = FlatIndex(dimension: dimension)
    var index = try HNSWIndex(dimension: dimension)
    try flat.add(VectorBatch(values.span, dimension: dimension))
    try index.add(VectorBatch(values.span, dimension: dimension))
    let batch = try VectorBatch(queries.span, dimension: dimension)
    let truth = try flat.search(batch, k: 10)
    let found = try index.search(batch, k: 10, options: SearchOptions(efSearch: 128))
    #expect(graphRecall(found, of: truth) > 0.9)
  }

  @Test(
    "vectors that codes cannot tell apart are found as by floats",
    arguments: [Metric.l2, .innerProduct],
    [Float(0.1), 0.01, 0.001])
  func closeClusters(metric: Metric, spread: Float) throws {
    let fixture = GraphFixture(count: 3000, dimension: 64, metric: metric, spread: spread)
    let index = try fixture.makeIndex()
    let plain = try HNSWIndex(rows: index.rows, graph: index.graph, isAccelerated: false)
    let truth = try fixture.exact()
    for efSearch in [16, 64, 256] {
      let options = SearchOptions(efSearch: efSearch)
      let found = try fixture.search(index, options)
      let recall = graphRecall(found, of: truth)
      let wanted = graphRecall(try fixture.search(plain, options), of: truth)
      #expect(recall >= wanted - 0.03, "\(metric) \(spread) \(efSearch): \(recall) \(wanted)")
      let alone = try index.search(
        VectorBatch(fixture.queries.span, dimension: 64).rows(7..<8), k: 10, options: options)
      #expect(alone.ids == Array(found.ids[70..<80]), "\(metric) \(spread) \(efSearch)")
    }
  }

  @Test("distances are those of a comparison in float, best first, ties by id")
  func exactDistances() throws {
    let fixture = GraphFixture(count: 500)
    let found = try fixture.search(fixture.makeIndex(), SearchOptions(efSearch: 500))
    #expect(try found == fixture.exact())
  }

  @Test("graphs of few vectors are compared whole: exact, alone and in batches, with any efSearch")
  func fewVectors() throws {
    let fixture = GraphFixture(count: 100)
    let index = try fixture.makeIndex()
    let exact = try fixture.exact()
    #expect(try fixture.search(index, SearchOptions(efSearch: 16)) == exact)
    #expect(try fixture.search(index, SearchOptions(efSearch: 200)) == exact)
    // Where a walk comes to a small part only, it is walked.
    let large = GraphFixture(count: 3000)
    let found = try large.search(large.makeIndex(), SearchOptions(efSearch: 10))
    #expect(try graphRecall(found, of: large.exact()) < 1)
  }

  @Test("every kernel level gives the same answers")
  func kernelLevels() throws {
    let fixture = GraphFixture(count: 1500)
    let truth = try fixture.exact()
    var reference: HNSWIndex?
    for level in KernelSet.available {
      let execution = Execution(kernels: level)
      let index = try fixture.makeIndex(execution: execution)
      let graph = reference.map { $0.graph == index.graph } ?? true
      #expect(graph, "\(level) links another graph")
      reference = reference ?? index
      let found = try fixture.search(index, SearchOptions(efSearch: 64, execution: execution))
      #expect(graphRecall(found, of: truth) > 0.97, "\(level)")
      let plain = try fixture.makeIndex(isAccelerated: false, execution: execution)
      let plainFound = try fixture.search(plain, SearchOptions(efSearch: 64, execution: execution))
      #expect(graphRecall(plainFound, of: truth) > 0.97, "\(level)")
    }
  }

  @Test("dimensions that fill no cache line work", arguments: [1, 3, 17, 63, 64, 65, 130])
  func oddDimensions(dimension: Int) throws {
    let fixture = GraphFixture(count: 300, dimension: dimension, queries: 20)
    let found = try fixture.search(fixture.makeIndex(), SearchOptions(efSearch: 300))
    #expect(try found == fixture.exact())
  }

  @Test("an empty index, more neighbours than vectors, and single vectors are answered")
  func edgeCases() throws {
    var index = try HNSWIndex(dimension: 2)
    let query: [Float] = [1, 1]
    let batch = try VectorBatch(query.span, dimension: 2)
    #expect(try index.search(batch, k: 3).ids == [-1, -1, -1])
    #expect(try index.rangeSearch(batch, radius: 5, options: SearchOptions()).ids.isEmpty)
    let one: [Float] = [1, 2]
    try index.add(VectorBatch(one.span, dimension: 2))
    let found = try index.search(batch, k: 3)
    #expect(found.ids == [0, -1, -1])
    #expect(found.distances == [1, .infinity, .infinity])
    #expect(index.entryPoint == 0 && index.levels.count == 1)
  }

  @Test("identical vectors and zeros are all found")
  func identicalVectors() throws {
    let values = [Float](repeating: 0, count: 50 * 4)
    var index = try HNSWIndex(dimension: 4, links: 4)
    try index.add(VectorBatch(values.span, dimension: 4))
    let found = try index.search(VectorBatch(values.span, dimension: 4).rows(0..<1), k: 50)
    #expect(found.distances.allSatisfy { $0 == 0 || $0 == .infinity })
    #expect(found.ids.filter { $0 >= 0 }.count >= 5)
  }

  @Test("vectors beyond the range of the codes are walked over in float")
  func hugeVectors() throws {
    var values = clusteredVectors(200, dimension: 8, seed: 5)
    for column in 0..<8 { values[column] = 3e18 }
    var index = try HNSWIndex(dimension: 8)
    try index.add(VectorBatch(values.span, dimension: 8))
    #expect(!index.isAccelerated)
    let first = try VectorBatch(values.span, dimension: 8).rows(0..<1)
    #expect(try index.search(first, k: 1).ids == [0])
  }

  @Test("range search returns what a walk finds within the radius")
  func rangeSearch() throws {
    let fixture = GraphFixture(count: 1000)
    let index = try fixture.makeIndex()
    let truth = try fixture.exact(k: 5)
    let radius = truth.distances[4]
    let batch = try VectorBatch(fixture.queries.span, dimension: fixture.dimension).rows(0..<1)
    let found = try index.rangeSearch(
      batch, radius: radius, options: SearchOptions(efSearch: 100))
    #expect(found.row(0).map(\.id) == truth.row(0).dropLast().map(\.id))
  }

  @Test("wrong arguments are named errors")
  func wrongArguments() throws {
    let fixture = GraphFixture(count: 50)
    let index = try fixture.makeIndex()
    let cases: [(SearchOptions, IndexError.Code)] = [
      (SearchOptions(probes: 3), .unsupported),
      (SearchOptions(efSearch: 0), .invalidArgument),
      (SearchOptions(coarseEfSearch: 3), .unsupported),
    ]
    for (options, code) in cases {
      let error = #expect(throws: IndexError.self) { try fixture.search(index, options) }
      #expect(error?.code == code)
    }
    #expect(throws: IndexError.self) { try HNSWIndex(dimension: 4, metric: .l1) }
    #expect(throws: IndexError.self) { try HNSWIndex(dimension: 4, links: 1) }
    #expect(throws: IndexError.self) { try fixture.search(index, k: 0) }
    #expect(throws: IndexError.self) { try index.reconstruct(50) }
  }
}
