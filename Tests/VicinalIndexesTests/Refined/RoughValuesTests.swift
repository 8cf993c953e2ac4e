import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Candidates by rounded tables, for a refinement")
struct RoughValuesTests {
  private static let dimension = 192
  private let rows = DataShape.clustered.make(1500, dimension: dimension, seed: 330)
  private let queries = DataShape.clustered.make(20, dimension: dimension, seed: 331)

  /// With so many parts sums of bytes are values enough.
  private func index(_ metric: Metric, _ key: String = "IVF6,PQ96x4fs,RFlat") throws -> RefinedIndex
  {
    var made = try IndexSpec(parsing: key).makeIndex(dimension: Self.dimension, metric: metric)
    try made.train(on: rows)
    try made.add(rows)
    return try #require(made as? RefinedIndex)
  }

  private func exact(_ metric: Metric, k: Int) throws -> Neighbors {
    var flat = FlatIndex(dimension: Self.dimension, metric: metric)
    try flat.add(rows)
    return try flat.search(queries, k: k)
  }

  @Test("all candidates are all vectors, and values exact", arguments: [Metric.l2, .innerProduct])
  func all(metric: Metric) throws {
    for key in ["IVF6,PQ96x4fs,RFlat", "PQ96x4fs,RFlat"] {
      var options = SearchOptions(probes: key.hasPrefix("IVF") ? 6 : nil)
      options.refineFactor = 150
      let found = try index(metric, key).search(queries, k: 10, options: options)
      #expect(try found == exact(metric, k: 10), "\(key)")
    }
  }

  @Test(
    "the same for any number of threads and every instruction set",
    arguments: [Metric.l2, .innerProduct])
  func independence(metric: Metric) throws {
    let index = try index(metric)
    let truth = try exact(metric, k: 10)
    var first: Neighbors?
    for level in KernelSet.available {
      for workers in [1, 2, 5] {
        var options = SearchOptions(probes: 4)
        options.refineFactor = 4
        options.execution.kernels = level
        options.execution.workers = workers
        let found = try index.search(queries, k: 10, options: options)
        #expect(found.ids == (first ?? found).ids, "\(metric), \(level), \(workers) workers")
        first = found
        for query in 0..<queries.count {
          let one = try index.search(
            queries.rows(query..<query + 1), k: 10, options: options)
          #expect(one.ids == Array(found.ids[query * 10..<(query + 1) * 10]))
        }
      }
    }
    var hits = 0
    for query in 0..<queries.count {
      let best = Set(truth.row(query).map(\.id))
      hits += try #require(first).row(query).count { best.contains($0.id) }
    }
    #expect(hits >= 170, "\(metric): \(hits) of 200")
  }

  @Test("rounded inner products are close to exact ones, and rank alike; distances are not rounded")
  func closeness() throws {
    for metric in [Metric.innerProduct, .l2] {
      let base = try index(metric).base
      var options = SearchOptions(probes: 6)
      let exact = try base.search(queries, k: 40, options: options)
      options.allowsRoughValues = true
      let rough = try base.search(queries, k: 40, options: options)
      #expect((rough == exact) == (metric == .l2), "\(metric)")
      for query in 0..<queries.count {
        let values = Dictionary(uniqueKeysWithValues: exact.row(query).map { ($0.id, $0.distance) })
        let common = rough.row(query).filter { values[$0.id] != nil }
        #expect(common.count >= 34, "\(metric), query \(query): \(common.count) of 40")
        let largest = values.values.map { abs($0) }.max() ?? 0
        for hit in common {
          #expect(abs(hit.distance - (values[hit.id] ?? .nan)) <= 0.05 * largest, "\(metric)")
        }
      }
    }
  }
}
