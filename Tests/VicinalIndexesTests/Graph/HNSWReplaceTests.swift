import Synchronization
import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite struct HNSWReplaceTests {
  private func replaced(
    _ index: HNSWIndex, _ ids: [Int64], _ rows: Vectors, _ execution: Execution = Execution()
  ) throws -> HNSWIndex {
    var index = index
    try index.replace(ids.span, with: rows.batch(), execution: execution)
    return index
  }

  @Test(
    "replaced vectors are found where they are now, as well as in a fresh index",
    arguments: [1, 40, 600, 1200, 2000], [true, false])
  func recall(count: Int, isAccelerated: Bool) throws {
    let fixture = GraphFixture(count: 2000, queries: 300)
    let new = Vectors(
      clusteredVectors(count, dimension: fixture.dimension, seed: 31),
      dimension: fixture.dimension, description: "seed 31")
    let ids = (0..<count).map { Int64($0 * 7 % 2000) }
    let built = try fixture.makeIndex(isAccelerated: isAccelerated)
    let index = try replaced(built, ids, new)
    try index.graph.validate(count: 2000)
    expectSoundLists(index.graph)
    var rows = Vectors(fixture.values, dimension: fixture.dimension)
    for (row, id) in ids.enumerated() { rows[Int(id)] = new[row] }
    var fresh = try HNSWIndex(
      dimension: fixture.dimension, links: 16, isAccelerated: isAccelerated)
    var flat = FlatIndex(dimension: fixture.dimension)
    try fresh.add(rows)
    try flat.add(rows)
    let options = SearchOptions(efSearch: 32)
    for queries in [Vectors(fixture.queries, dimension: fixture.dimension), new] {
      let truth = try flat.search(queries, k: 10)
      let found = graphRecall(try index.search(queries, k: 10, options: options), of: truth)
      let expected = graphRecall(try fresh.search(queries, k: 10, options: options), of: truth)
      #expect(found > expected - 0.01, "\(count) replaced, \(queries)")
    }
    for (row, id) in ids.enumerated().prefix(20) {
      #expect(try index.reconstruct(id) == Array(new[row]))
    }
  }

  @Test("the graph is the same for any number of workers and any instruction set")
  func determinism() throws {
    let fixture = GraphFixture(count: 2000)
    let built = try fixture.makeIndex()
    let new = Vectors(fixture.queries, dimension: fixture.dimension)
    let ids = (0..<new.count).map { Int64($0 * 11) }
    let reference = try replaced(built, ids, new, Execution(workers: 1))
    #expect(reference.graph != built.graph)
    for workers in [2, 5] {
      let index = try replaced(built, ids, new, Execution(workers: workers))
      #expect(index.graph == reference.graph, "\(workers) workers")
    }
    for level in KernelSet.available {
      let index = try replaced(built, ids, new, Execution(kernels: level))
      #expect(index.graph == reference.graph, "\(level)")
    }
  }

  @Test("a copy stays as it was, and cancelled work changes nothing")
  func snapshots() throws {
    let fixture = GraphFixture(count: 800)
    let built = try fixture.makeIndex()
    let graph = built.graph
    let before = try fixture.search(built)
    let new = Vectors(fixture.queries, dimension: fixture.dimension)
    let ids = (0..<Int64(new.count)).map { $0 }
    #expect(try fixture.search(replaced(built, ids, new)) != before)
    #expect(built.graph == graph)
    #expect(try fixture.search(built) == before)

    var stopped = built
    let asked = Atomic<Int>(0)
    let execution = Execution(isCancelled: { asked.add(1, ordering: .relaxed).newValue > 1 })
    let error = #expect(throws: IndexError.self) {
      try stopped.replace(ids.span, with: new.batch(), execution: execution)
    }
    #expect(error?.code == .cancelled)
    #expect(stopped.graph == graph)
    #expect(try fixture.search(stopped) == before)
  }

  @Test("wrong ids and rows are named errors, and nothing changes")
  func wrongArguments() throws {
    let fixture = GraphFixture(count: 60)
    let built = try fixture.makeIndex()
    let rows = Vectors(fixture.queries, dimension: fixture.dimension).rows(0..<2)
    var nan = rows
    nan.values[40] = .nan
    let wide = Vectors([Float](repeating: 0, count: 66), dimension: 33)
    let cases: [([Int64], Vectors, IndexError.Code)] = [
      ([0], rows, .invalidArgument), ([3, 3], rows, .invalidArgument), ([3, 60], rows, .notFound),
      ([-1, 4], rows, .notFound), ([0, 1], nan, .notFinite), ([0, 1], wide, .dimensionMismatch),
    ]
    for (ids, rows, code) in cases {
      var index = built
      let error = #expect(throws: IndexError.self) {
        try index.replace(ids.span, with: rows.batch())
      }
      #expect(error?.code == code, "\(ids)")
      #expect(index.graph == built.graph)
    }
    var index = built
    let none: [Int64] = []
    let noRows = Vectors([], dimension: 32)
    try index.replace(none.span, with: noRows.batch())
    #expect(index.graph == built.graph)
  }

  @Test("vectors beyond the range of the codes end their use")
  func hugeVectors() throws {
    let fixture = GraphFixture(count: 100)
    let huge = Vectors([Float](repeating: 3e18, count: 32), dimension: 32)
    let index = try replaced(try fixture.makeIndex(), [5], huge)
    #expect(!index.isAccelerated)
    try index.graph.validate(count: 100)
    #expect(try index.search(huge, k: 1).ids == [5])
  }
}
