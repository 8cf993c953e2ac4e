import Synchronization
import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("k-means in mini-batches")
struct MiniBatchKMeansTests {
  private func options(_ change: (inout MiniBatchOptions) -> Void = { _ in }) -> MiniBatchOptions {
    var options = MiniBatchOptions()
    change(&options)
    return options
  }

  private func full(
    _ points: Vectors, k: Int, _ metric: Metric, seed: UInt64 = 1234
  ) throws -> Double {
    var options = KMeansOptions()
    options.seed = seed
    options.isSpherical = metric == .innerProduct
    options.maxPointsPerCentroid = 1 << 20
    let found = try KMeans.cluster(points.batch(), k: k, options: options, metric: metric)
    return try objective(points, found.centroids, k: k, metric)
  }

  private func objective(
    _ points: Vectors, _ centroids: [Float], k: Int, _ metric: Metric
  ) throws -> Double {
    var clusters = try MiniBatchKMeans(k: k, dimension: points.dimension, metric: metric)
    try clusters.begin(at: centroids)
    let values = try clusters.assign(points.batch()).values
    return values.reduce(0.0) { $0 + Double($1) }
  }

  @Test(
    "the objective is within 2 % of that of 25 rounds over all points",
    arguments: [DataShape.uniform, .clustered], [Metric.l2, .innerProduct])
  func objective(shape: DataShape, metric: Metric) throws {
    var points = shape.make(8000, dimension: 24, seed: 61)
    if metric == .innerProduct { points = points.normalized }
    for start in MiniBatchOptions.Start.allCases {
      var (reached, wanted) = (0.0, 0.0)
      // Where clusters lie apart, a start decides over some percent.
      for seed: UInt64 in 1...3 {
        var clusters = try MiniBatchKMeans(
          k: 60, dimension: 24, metric: metric,
          options: options { ($0.start, $0.seed, $0.batchSize) = (start, seed, 500) })
        try clusters.train(on: points.batch())
        reached += try objective(points, clusters.centroids, k: 60, metric)
        wanted += try full(points, k: 60, metric, seed: seed)
      }
      if metric == .l2 {
        #expect(reached < 1.02 * wanted, "\(points), \(start)")
      } else {
        #expect(reached > 0.98 * wanted, "\(points), \(start)")
      }
    }
  }

  @Test(
    "any number of threads gives the same bytes, the seed decides",
    arguments: [Metric.l2, .innerProduct])
  func determinism(metric: Metric) throws {
    for shape in [DataShape.clustered, .integers, .spikes, .constant] {
      let points = shape.make(3000, dimension: 19, seed: 62)
      func centroids(_ workers: Int, seed: UInt64 = 9) throws -> [Float] {
        var clusters = try MiniBatchKMeans(
          k: 50, dimension: 19, metric: metric,
          options: options { ($0.batchSize, $0.seed) = (300, seed) })
        try clusters.train(on: points.batch(), execution: Execution(workers: workers))
        return clusters.centroids
      }
      let one = try centroids(1)
      #expect(one.allSatisfy { $0.isFinite }, "\(points)")
      for workers in [2, 3, 8] { #expect(try centroids(workers) == one, "\(points), \(metric)") }
      if shape == .clustered { #expect(try centroids(1, seed: 10) != one) }
    }
  }

  @Test("batches that come one after the other are enough, and full rounds do the rest")
  func streaming() throws {
    let points = DataShape.clustered.make(9000, dimension: 16, seed: 63)
    var clusters = try MiniBatchKMeans(
      k: 40, dimension: 16, options: options { $0.batchSize = 500 })
    for first in stride(from: 0, to: 9000, by: 450) {
      let part = points.rows(first..<first + 450)
      try clusters.update(part.batch())
    }
    try clusters.finish()
    let wanted = try full(points, k: 40, .l2)
    let streamed = try objective(points, clusters.centroids, k: 40, .l2)
    #expect(streamed < 1.1 * wanted, "\(points)")
    let before = try clusters.refine { show throws(IndexError) in
      for range in [0..<5000, 5000..<9000] {
        let part = points.rows(range)
        try show(part.batch())
      }
    }
    #expect(abs(before * 9000 / streamed - 1) < 1e-4)
    #expect(try objective(points, clusters.centroids, k: 40, .l2) < streamed)
  }

  @Test("a round is one round of Lloyd's algorithm")
  func round() throws {
    let points = DataShape.uniform.make(800, dimension: 6, seed: 64)
    var plain = PlainKMeans(start: points.rows(0..<9).values, dimension: 6)
    plain.run(points, iterations: 1)
    var clusters = try MiniBatchKMeans(k: 9, dimension: 6)
    try clusters.begin(at: points.rows(0..<9).values)
    try clusters.refine { show throws(IndexError) in try show(points.batch()) }
    for (a, b) in zip(clusters.centroids, plain.centroids) { #expect(abs(Double(a) - b) < 1e-5) }
  }

  @Test("clusters that hold nothing begin again elsewhere, all of them in one step")
  func repair() throws {
    let points = DataShape.clustered.make(2000, dimension: 8, seed: 65)
    // All but one centroid are so far away that nothing is near them.
    var clusters = try MiniBatchKMeans(k: 20, dimension: 8)
    try clusters.begin(at: Array(points[0]) + [Float](repeating: 1e6, count: 19 * 8))
    for _ in 0..<4 { try clusters.update(points.batch()) }
    #expect(clusters.repairs >= 19)
    #expect(Set(try clusters.assign(points.batch()).labels).count == 20, "\(points)")
  }

  @Test(
    "vectors that are about as far from each other as they can be are shared out: outliers draw nothing",
    arguments: [nil, 64], [Metric.l2, .innerProduct])
  func outliers(batchSize: Int?, metric: Metric) throws {
    var points = DataShape.uniform.make(6000, dimension: 64, seed: 70)
    if metric == .innerProduct { points = points.normalized }
    let k = 150
    var clusters = try MiniBatchKMeans(
      k: k, dimension: 64, metric: metric, options: options { $0.batchSize = batchSize })
    try clusters.train(on: points.batch())
    let reached = try objective(points, clusters.centroids, k: k, metric)
    let wanted = try full(points, k: k, metric)
    // Similarities of such vectors are small, and 64 of them say little of 150 clusters.
    let slack = metric == .innerProduct && batchSize != nil ? 0.05 : 0.02
    let ratio = reached / wanted
    #expect(metric == .l2 ? ratio < 1 + slack : ratio > 1 - slack, "\(ratio)")
    var sizes = [Int](repeating: 0, count: k)
    for label in try clusters.assign(points.batch()).labels { sizes[Int(label)] += 1 }
    let poor = sizes.filter { $0 <= 1 }.count
    #expect(poor < k / 8, "\(poor) clusters of at most one vector")
    #expect(clusters.repairs < 10 * k)
  }

  @Test("numbers of passes that are too large to count do not end the process")
  func endless() throws {
    let points = DataShape.uniform.make(200, dimension: 4, seed: 71)
    for (passes, finalPasses) in [(2, Int.max), (Int.max, 3), (Int.max, Int.max)] {
      var clusters = try MiniBatchKMeans(
        k: 4, dimension: 4,
        options: options { ($0.passes, $0.finalPasses, $0.batchSize) = (passes, finalPasses, 10) })
      let calls = Atomic<Int>(0)
      var execution = Execution(workers: 1)
      execution.shouldEndTraining = { calls.add(1, ordering: .relaxed).newValue > 500 }
      try clusters.train(on: points.batch(), execution: execution)
      #expect(clusters.isTrained)
    }
  }

  @Test("learning ends when steps bring nothing any more, long before 193 of them")
  func earlyStop() throws {
    let points = DataShape.uniform.make(2000, dimension: 8, seed: 66)
    var clusters = try MiniBatchKMeans(
      k: 5, dimension: 8,
      options: options { ($0.passes, $0.tolerance) = (1000, 1e-3) })
    try clusters.train(on: points.batch())
    #expect(clusters.isConverged && clusters.history.count < 150, "\(clusters.history.count) steps")
    var patient = try MiniBatchKMeans(
      k: 5, dimension: 8, options: options { ($0.passes, $0.tolerance) = (100, -1) })
    try patient.train(on: points.batch())
    #expect(!patient.isConverged && patient.history.count == 100)
    var short = try MiniBatchKMeans(
      k: 5, dimension: 8, options: options { ($0.batchSize, $0.maxSteps) = (10, 7) })
    try short.train(on: points.batch())
    #expect(short.history.count == 7)
  }

  @Test("an option of k-means, with its errors")
  func option() throws {
    let points = DataShape.uniform.make(3000, dimension: 16, seed: 67)
    var options = KMeansOptions()
    options.miniBatch = MiniBatchOptions()
    options.redos = 2
    let found = try KMeans.cluster(points.batch(), k: 30, options: options)
    #expect(found.iterations.count == 1 && found.centroids.count == 30 * 16)
    #expect(try objective(points, found.centroids, k: 30, .l2) < 1.02 * full(points, k: 30, .l2))
    expectError(.invalidArgument, naming: ["weights"]) {
      _ = try KMeans.cluster(
        points.batch(), k: 3, options: options, weights: [Float](repeating: 1, count: 3000))
    }
    options.miniBatch?.passes = 0
    expectError(.invalidArgument, naming: ["passes", "0"]) {
      _ = try KMeans.cluster(points.batch(), k: 3, options: options)
    }
  }

  @Test("what cannot be clustered is refused, and nothing changes")
  func refused() throws {
    let points = DataShape.uniform.make(40, dimension: 4, seed: 68)
    var clusters = try MiniBatchKMeans(k: 50, dimension: 4)
    expectError(.insufficientData, naming: ["40", "50"]) { try clusters.train(on: points.batch()) }
    try clusters.update(points.batch())
    expectError(.notTrained) { _ = try clusters.assign(points.batch()) }
    expectError(.insufficientData, naming: ["40", "50"]) { try clusters.finish() }
    var spoilt = points
    spoilt.values[9] = .nan
    expectError(.notFinite, naming: ["row 2"]) { try clusters.update(spoilt.batch()) }
    expectError(.dimensionMismatch) {
      let wide = DataShape.uniform.make(4, dimension: 5, seed: 1)
      try clusters.update(wide.batch())
    }
    let few = points.rows(0..<10)
    try clusters.update(few.batch())
    try clusters.finish()
    #expect(clusters.isTrained)
    let before = clusters.centroids
    expectError(.cancelled) {
      let more = DataShape.uniform.make(90, dimension: 4, seed: 2)
      try clusters.train(on: more.batch(), execution: Execution(isCancelled: { true }))
    }
    #expect(clusters.centroids == before)
    expectError(.invalidArgument) { _ = try MiniBatchKMeans(k: 0, dimension: 4) }
    expectError(.invalidArgument) { _ = try MiniBatchKMeans(k: 2, dimension: 4, metric: .l1) }
  }

  @Test("parts are clustered each on its own, and make a product quantizer")
  func parts() throws {
    let points = DataShape.clustered.make(4000, dimension: 24, seed: 69)
    var parts = try SubspaceMiniBatchKMeans(k: 16, parts: 4, dimension: 24)
    try parts.train(on: points.batch(), execution: Execution(workers: 3))
    let columns = Vectors((0..<4000).flatMap { Array(points[$0])[6..<12] }, dimension: 6)
    var alone = try MiniBatchKMeans(k: 16, dimension: 6, options: options { $0.seed += 1 })
    try alone.train(on: columns.batch())
    #expect(parts.parts[1].centroids == alone.centroids)
    let (labels, values) = try parts.assign(points.batch())
    let second = try alone.assign(columns.batch())
    #expect((0..<4000).allSatisfy { labels[$0 * 4 + 1] == second.labels[$0] })
    let quantizer = try parts.makeQuantizer()
    let codes = try quantizer.encode(points.batch(), execution: Execution())
    let decoded = Vectors(try quantizer.decode(codes.span.rawBytes), dimension: 24)
    let error = zip(decoded.values, points.values).reduce(0.0) {
      $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
    }
    let sum = values.reduce(0.0) { $0 + Double($1) }
    #expect(abs(error / sum - 1) < 1e-3)
    expectError(.invalidArgument, naming: ["24", "5"]) {
      _ = try SubspaceMiniBatchKMeans(k: 4, parts: 5, dimension: 24)
    }
  }
}
