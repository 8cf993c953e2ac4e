import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// A single query over few vectors takes a way of its own; a batch never does.
@Suite("A single query gets, bit by bit, what it gets within a batch")
struct SingleQueryTests {
  private static let metrics: [Metric] = [.l2, .innerProduct, .l1, .lp(3), .jaccard, .nanEuclidean]

  /// Compares each query alone with the batch of all.
  private func expectSame(
    _ index: some VectorIndex, _ queries: Vectors, k: Int, options: SearchOptions = SearchOptions(),
    _ comment: String
  ) throws {
    let together = try index.search(queries.batch(), k: k, options: options)
    for query in 0..<queries.count {
      let alone = try index.search(queries.batch().rows(query..<query + 1), k: k, options: options)
      let places = query * k..<(query + 1) * k
      #expect(alone.ids == Array(together.ids[places]), "query \(query), k \(k), \(comment)")
      #expect(
        alone.distances.map(\.bitPattern) == together.distances[places].map(\.bitPattern),
        "query \(query), k \(k), \(comment)")
    }
  }

  @Test("flat indexes", arguments: DataShape.allCases, metrics)
  func flat(shape: DataShape, metric: Metric) throws {
    for (count, dimension) in [(0, 4), (1, 1), (7, 3), (65, 16), (300, 33), (900, 8)] {
      let rows = shape.make(count, dimension: dimension, seed: 71)
      let queries = shape.make(4, dimension: dimension, seed: 72)
      var index = FlatIndex(dimension: dimension, metric: metric)
      try index.add(rows.batch())
      for k in [1, 10, 64, 65, 400] { try expectSame(index, queries, k: k, "\(rows), \(metric)") }
    }
  }

  @Test(
    "ties, also with many equal vectors, are ordered by id", arguments: [Metric.l2, .innerProduct])
  func ties(metric: Metric) throws {
    let rows = DataShape.integers.make(400, dimension: 2, seed: 73)
    var index = FlatIndex(dimension: 2, metric: metric)
    try index.add(rows.batch())
    try expectSame(index, DataShape.integers.make(6, dimension: 2, seed: 74), k: 20, "\(rows)")
  }

  @Test("values beyond what floats hold", arguments: [Metric.l2, .innerProduct, .l1])
  func overflow(metric: Metric) throws {
    var values = DataShape.uniform.make(40, dimension: 4, seed: 75).values
    values[9] = 3e38
    values[50] = -3e38
    values[90] = 1e30
    let rows = Vectors(values, dimension: 4)
    var index = FlatIndex(dimension: 4, metric: metric)
    try index.add(rows.batch())
    try expectSame(index, rows, k: 40, "\(metric)")
    try expectSame(index, rows, k: 3, "\(metric)")
  }

  @Test(
    "inverted files, with ids of their own and equal distances in several lists",
    arguments: [DataShape.clustered, .integers, .constant, .outlier, .zeros],
    [Metric.l2, .innerProduct])
  func lists(shape: DataShape, metric: Metric) throws {
    let data = IVFData(700, dimension: 6, metric: metric, shape: shape)
    let ids = (0..<700).map { Int64($0 * 7919 % 700) }
    let index = try data.filled(ids: ids)
    for (k, probes) in [1, 10, 64, 800].flatMap({ k in [1, 3, 20].map { (k, $0) } }) {
      try expectSame(
        index, data.queries, k: k, options: SearchOptions(probes: probes), data.description)
    }
  }

  @Test("filters, limits and cancellation hold for a single query too")
  func options() throws {
    let data = IVFData(300, dimension: 6)
    let index = try data.filled()
    for options in [
      SearchOptions(probes: 20, filter: .range(30..<90)), SearchOptions(probes: 20, maxCodes: 40),
    ] {
      try expectSame(index, data.queries, k: 10, options: options, data.description)
    }
    var flat = FlatIndex(dimension: 6)
    try flat.add(data.rows.batch())
    try expectSame(
      flat, data.queries, k: 10, options: SearchOptions(filter: .range(30..<90)), data.description)
    let stopped = SearchOptions(execution: Execution(isCancelled: { true }))
    let one = data.queries.rows(0..<1)
    expectError(.cancelled) { _ = try flat.search(one.batch(), k: 1, options: stopped) }
    expectError(.cancelled) { _ = try index.search(one.batch(), k: 1, options: stopped) }
    expectError(.unsupported, naming: ["nprobe"]) {
      _ = try flat.search(one.batch(), k: 1, options: SearchOptions(probes: 2))
    }
  }
}
