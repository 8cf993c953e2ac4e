import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Scores that are calibrated by a few exact ones")
struct CalibrationTests {
  private let rows = DataShape.clustered.make(1500, dimension: 16, seed: 320).normalized
  private let queries = DataShape.clustered.make(25, dimension: 16, seed: 321).normalized

  private func index(_ key: String, _ metric: Metric) throws -> RefinedIndex {
    var made = try IndexSpec(parsing: key).makeIndex(dimension: 16, metric: metric)
    try made.train(on: rows)
    try made.add(rows)
    return try #require(made as? RefinedIndex)
  }

  private func options(_ samples: Int?, probes: Int? = 12) -> SearchOptions {
    var options = SearchOptions(probes: probes)
    options.refineSamples = samples
    return options
  }

  @Test(
    "the order is that of the first index, the values come close to the exact ones",
    arguments: [Metric.l2, .innerProduct], ["IVF12,PQ4x4fs,RFlat", "IVF12,SQ4,Refine(SQ8)"])
  func values(metric: Metric, key: String) throws {
    let index = try index(key, metric)
    let plain = try index.base.search(queries, k: 40, options: SearchOptions(probes: 12))
    for workers in [1, 3] {
      var asked = options(10)
      asked.execution.workers = workers
      let found = try index.search(queries, k: 40, options: asked)
      #expect(found.ids == plain.ids)
      var (before, after) = (0.0, 0.0)
      for query in 0..<25 {
        let row = found.row(query)
        for (a, b) in zip(row, row.dropFirst()) {
          #expect(!metric.isBetter(b.distance, than: a.distance))
        }
        for ((id, value), old) in zip(row, plain.row(query)) {
          let exact = Double(metric.value(queries[query], rows[Int(id)]))
          before += abs(Double(old.distance) - exact)
          after += abs(Double(value) - exact)
        }
      }
      // Values of codes under L2 are right on average already; a line through ten adds its own noise.
      let most = metric == .l2 ? 1.02 * before : before
      #expect(after < most, "\(key), \(metric): \(after) against \(before)")
    }
  }

  @Test("none, all, more than there are, and fewer results than places")
  func limits() throws {
    let index = try index("IVF12,PQ4,RFlat", .innerProduct)
    let plain = try index.base.search(queries, k: 20, options: SearchOptions(probes: 12))
    #expect(try index.search(queries, k: 20, options: options(0)) == plain)
    let exact = try index.search(queries, k: 20, options: options(nil))
    for many in [20, 21, 5000] {
      #expect(try index.search(queries, k: 20, options: options(many)) == exact)
    }
    // One list holds fewer than 1400: the others stay empty.
    let few = try index.search(queries, k: 1400, options: options(5, probes: 1))
    for (id, value) in zip(few.ids, few.distances) where id < 0 { #expect(value == -.infinity) }
    #expect(few.ids.contains(-1) && few.distances.allSatisfy { !$0.isNaN })
    for samples in [1, 2] {
      let found = try index.search(queries, k: 20, options: options(samples))
      #expect(found.ids == plain.ids && found.distances.allSatisfy(\.isFinite))
      // The best is among those compared.
      if samples == 1 {
        let best = try index.base.search(queries, k: 1, options: SearchOptions(probes: 12)).ids
        for query in 0..<25 {
          let value = Metric.innerProduct.value(queries[query], rows[Int(best[query])])
          #expect(abs(found.row(query)[0].distance - Float(value)) < 1e-5)
        }
      }
    }
    expectError(.invalidArgument, naming: ["-1"]) {
      _ = try index.search(queries, k: 2, options: options(-1))
    }
    expectError(.unsupported, naming: ["refineSamples"]) {
      _ = try index.base.search(queries, k: 2, options: options(3))
    }
  }

  @Test("negative similarities are neither cut off nor lost")
  func negative() throws {
    let away = Vectors(rows.values.map { -abs($0) }, dimension: 16)
    let towards = Vectors(queries.values.map { abs($0) }, dimension: 16)
    var made = try IndexSpec(parsing: "PQ4,RFlat").makeIndex(dimension: 16, metric: .innerProduct)
    try made.train(on: away)
    try made.add(away)
    let found = try made.search(towards, k: 30, options: options(6, probes: nil))
    #expect(found.distances.allSatisfy { $0 < 0 })
    #expect(Set(found.distances.prefix(30)).count > 10)
  }

  @Test("original vectors may stay in a file, as floats or half floats")
  func mapped() throws {
    let index = try index("IVF12,PQ4,RFlat", .l2)
    let storage = ByteStorage(copying: rows.values.span.rawBytes)
    let mapped = try RefinedIndex(
      index.base, by: FlatIndex(viewing: storage, dimension: 16, metric: .l2))
    #expect(
      try mapped.search(queries, k: 10, options: options(nil))
        == index.search(queries, k: 10, options: options(nil)))
    expectError(.invalidArgument, naming: ["whole vectors"]) {
      _ = try FlatIndex(viewing: ByteStorage(zeros: 30), dimension: 16, metric: .l2)
    }
  }
}
