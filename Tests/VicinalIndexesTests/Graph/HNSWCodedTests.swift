import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// Graphs over codes. `isOpaque` says whether walks go through the codec's scanner or the kernel
/// for bytes.
@Suite struct HNSWCodedTests {
  private func makeIndex(
    _ fixture: GraphFixture, links: Int = 16, isOpaque: Bool = false,
    execution: Execution = Execution()
  ) throws -> HNSWIndex {
    var index = try HNSWIndex(
      codec: EightBits(dimension: fixture.dimension, isOpaque: isOpaque), metric: fixture.metric,
      links: links)
    let rows = Vectors(fixture.values, dimension: fixture.dimension)
    try index.train(on: rows)
    try index.add(rows, execution: execution)
    return index
  }

  /// What comparing all codes gives.
  private func exact(
    _ index: HNSWIndex, _ fixture: GraphFixture, filter: IDFilter? = nil
  ) throws -> Neighbors {
    let codec = try #require(index.codec)
    var flat = CodedIndex(codec: codec, metric: index.metric)
    for id in 0..<Int64(index.count) {
      try flat.add(Vectors(index.reconstruct(id), dimension: fixture.dimension))
    }
    return try fixture.search(flat, SearchOptions(filter: filter))
  }

  @Test(
    "finds nearly all of what comparing all codes finds, with the same values",
    arguments: [Metric.l2, .innerProduct], [false, true])
  func recall(metric: Metric, isOpaque: Bool) throws {
    let fixture = GraphFixture(count: 2000, metric: metric)
    let index = try makeIndex(fixture, isOpaque: isOpaque)
    try index.graph.validate(count: 2000)
    expectSoundLists(index.graph)
    let truth = try exact(index, fixture)
    let found = try fixture.search(index, SearchOptions(efSearch: 64))
    #expect(graphRecall(found, of: truth) > 0.97)
    for query in 0..<found.queryCount {
      let values = Dictionary(uniqueKeysWithValues: truth.row(query).map { ($0.id, $0.distance) })
      for hit in found.row(query) {
        guard let value = values[hit.id] else { continue }
        #expect(value == hit.distance, "query \(query), id \(hit.id)")
      }
    }
  }

  @Test("every kernel level and any number of workers find as much")
  func levels() throws {
    let fixture = GraphFixture(count: 1200)
    for isOpaque in [false, true] {
      let reference = try makeIndex(
        fixture, isOpaque: isOpaque, execution: Execution(workers: 1))
      for workers in [2, 5] {
        let index = try makeIndex(
          fixture, isOpaque: isOpaque, execution: Execution(workers: workers))
        #expect(index.graph == reference.graph, "\(workers) workers")
      }
      let truth = try exact(reference, fixture)
      for level in KernelSet.available {
        let execution = Execution(kernels: level)
        let index = try makeIndex(fixture, isOpaque: isOpaque, execution: execution)
        let found = try fixture.search(index, SearchOptions(efSearch: 64, execution: execution))
        #expect(graphRecall(found, of: truth) > 0.97, "\(level)")
      }
    }
  }

  @Test(
    "with all nodes in the pool the answer is that of comparing all codes",
    arguments: [1, 3, 16, 33, 130], [false, true])
  func dimensions(dimension: Int, isOpaque: Bool) throws {
    let fixture = GraphFixture(count: 300, dimension: dimension, queries: 20)
    let index = try makeIndex(fixture, isOpaque: isOpaque)
    let found = try fixture.search(index, SearchOptions(efSearch: 300))
    #expect(try found == exact(index, fixture))
  }

  @Test("a product quantizer's codes are walked over", arguments: [Metric.l2, .innerProduct])
  func productQuantizer(metric: Metric) throws {
    let fixture = GraphFixture(count: 3000, metric: metric)
    let codec = try ProductQuantizer(dimension: fixture.dimension, subspaces: 8)
    var index = try HNSWIndex(codec: codec, metric: metric, links: 16)
    let rows = Vectors(fixture.values, dimension: fixture.dimension)
    try index.train(on: rows)
    try index.add(rows)
    let found = try fixture.search(index, SearchOptions(efSearch: 64))
    let exhaustive = try index.exhaustiveSearch(
      VectorBatch(fixture.queries.span, dimension: fixture.dimension), k: 10,
      execution: Execution())
    #expect(graphRecall(found, of: exhaustive) > 0.9)
    #expect(index.byteCount < 3000 * (8 + 140 + 30) + 3 * 32 * 256 * 4)
  }

  @Test("memory is that of the codes, the tables and the links")
  func memory() throws {
    let fixture = GraphFixture(count: 4000)
    var index = try makeIndex(fixture)
    index.trim()
    let links = index.graph.neighbors.count * 4 + 4000 * 12
    #expect(index.byteCount <= links + 4000 * 32 + 4096)
  }

  @Test("removing, replacing and adding keep recall", arguments: [false, true])
  func churn(isOpaque: Bool) throws {
    let fixture = GraphFixture(count: 1500)
    var index = try makeIndex(fixture, links: 8, isOpaque: isOpaque)
    let copy = index
    let before = try fixture.search(copy)
    let more = Vectors(
      clusteredVectors(900, dimension: fixture.dimension, seed: 41), dimension: fixture.dimension)
    for turn in 0..<2 {
      try index.remove(.ids((0..<1500).filter { $0 * 7 % 10 < 3 }.map(Int64.init)))
      try index.add(more.rows(turn * 450..<(turn + 1) * 450))
      let ids = (0..<Int64(200)).map { $0 * 3 }
      let new = more.rows(300..<500)
      try index.replace(ids.span, with: new.batch())
      #expect(index.count == 1500)
      try index.graph.validate(count: 1500)
      expectSoundLists(index.graph)
      for place in [0, 7, 199] {
        let stored = try index.reconstruct(ids[place])
        #expect(zip(stored, new[place]).allSatisfy { abs($0 - $1) < 0.05 })
      }
    }
    let found = try fixture.search(index, SearchOptions(efSearch: 64))
    #expect(try graphRecall(found, of: exact(index, fixture)) > 0.97)
    #expect(try fixture.search(copy) == before)
  }

  @Test("filters return the best allowed codes", arguments: [1, 3, 50, 700])
  func filters(modulus: Int64) throws {
    let fixture = GraphFixture(count: 2000)
    let index = try makeIndex(fixture)
    let filter = IDFilter.ids((0..<2000).filter { $0 % modulus == 0 })
    let found = try fixture.search(index, SearchOptions(efSearch: 64, filter: filter))
    #expect(found.ids.allSatisfy { $0 < 0 || $0 % modulus == 0 })
    #expect(try graphRecall(found, of: exact(index, fixture, filter: filter)) > 0.97)
  }

  @Test("building from a stream gives the same graph wherever it is cut")
  func staging() throws {
    let fixture = GraphFixture(count: 900)
    let rows = Vectors(fixture.values, dimension: fixture.dimension)
    var graphs: [HNSWGraph] = []
    for cut in [1, 450, 899] {
      var index = try HNSWIndex(codec: EightBits(dimension: fixture.dimension), links: 8)
      try index.train(on: rows)
      let (first, second) = (rows.rows(0..<cut), rows.rows(cut..<900))
      try index.stage(first.batch(), execution: Execution())
      try index.stage(second.batch(), execution: Execution())
      try index.linkStaged(Execution())
      graphs.append(index.graph)
      let found = try fixture.search(index, SearchOptions(efSearch: 64))
      #expect(try graphRecall(found, of: exact(index, fixture)) > 0.97)
    }
    #expect(graphs[0] == graphs[1] && graphs[1] == graphs[2])
  }

  @Test("what does not fit is a named error")
  func errors() throws {
    let fixture = GraphFixture(count: 100)
    let rows = Vectors(fixture.values, dimension: fixture.dimension)
    var untrained = try HNSWIndex(codec: EightBits(dimension: fixture.dimension))
    expectError(.notTrained) { () throws(IndexError) in try untrained.add(rows) }
    #expect(untrained.count == 0 && !untrained.isTrained)
    var index = try makeIndex(fixture)
    var floats = try fixture.makeIndex()
    expectError(.invalidArgument) { () throws(IndexError) in
      try index.merge(from: &floats, idOffset: 0)
    }
    expectError(.unsupported) { () throws(IndexError) in
      _ = try HNSWIndex(codec: EightBits(dimension: 4), metric: .l1)
    }
    #expect(index.count == 100 && floats.count == 100)
    let graph = index.graph
    let codec = try #require(index.codec)
    expectError(.corruptFile) { () throws(IndexError) in
      let short = CodeBlock(
        bytes: ByteStorage(zeros: 99 * 32), count: 100, codeSize: fixture.dimension)
      _ = try HNSWIndex(codec: codec, codes: short, metric: .l2, graph: graph)
    }
    try index.setAccelerated(true)
    #expect(!index.isAccelerated)
  }
}
