import Synchronization
import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer: training and coding")
struct PQTrainingTests {
  static let points = DataShape.clustered.make(3000, dimension: 24, seed: 61)

  private func trained(
    _ subspaces: Int, bits: Int, workers: Int? = nil, on points: Vectors = points
  ) throws -> ProductQuantizer {
    var quantizer = try ProductQuantizer(
      dimension: points.dimension, subspaces: subspaces, bits: bits)
    try quantizer.train(points, Execution(workers: workers))
    return quantizer
  }

  /// Squared error of decoded codes, summed.
  private func error(_ quantizer: ProductQuantizer, _ points: Vectors) throws -> Double {
    let codes = try quantizer.codes(points)
    let decoded = try quantizer.vectors(codes).values
    return zip(points.values, decoded).reduce(0) {
      $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
    }
  }

  @Test(
    "the error is that of a plain double-precision k-means", arguments: [(3, 4), (6, 6), (24, 5)])
  func quality(subspaces: Int, bits: Int) throws {
    let quantizer = try trained(subspaces, bits: bits)
    let width = quantizer.subdimension
    var reference = 0.0
    for subspace in 0..<subspaces {
      let part = Vectors(
        (0..<Self.points.count).flatMap {
          Self.points[$0].dropFirst(subspace * width).prefix(width)
        }, dimension: width, description: "part \(subspace) of \(Self.points)")
      var generator = SplitMix64(seed: 62)
      let start = sampleWithoutReplacement(1 << bits, of: part.count, using: &generator)
      var plain = PlainKMeans(start: part.rows(at: start).values, dimension: width)
      plain.run(part, iterations: 25)
      reference += PlainKMeans.objective(part, centroids: plain.centroids.map { Float($0) })
    }
    let found = try error(quantizer, Self.points)
    // Both start from random points; they end near each other.
    #expect(found < 1.06 * reference, "\(found), plain \(reference), \(Self.points)")
  }

  @Test("decoded codes are the nearest there are", arguments: [1, 3, 4, 8, 9, 11])
  func nearest(bits: Int) throws {
    let quantizer = try trained(4, bits: bits)
    let batch = Self.points.rows(0..<100)
    let codes = try quantizer.codes(batch)
    #expect(codes.count == 100 * quantizer.codeSize && quantizer.codeSize == (4 * bits + 7) / 8)
    let decoded = try quantizer.vectors(codes).values
    for row in 0..<100 {
      for subspace in 0..<4 {
        let range = row * 24 + subspace * 6..<row * 24 + subspace * 6 + 6
        let reached = Metric.l2.value(batch.values[range], decoded[range])
        let least =
          (0..<quantizer.centroidCount).map {
            Metric.l2.value(batch.values[range], quantizer.centroid($0, of: subspace))
          }.min() ?? 0
        #expect(reached <= least * (1 + 1e-5) + 1e-12, "\(bits) bits, row \(row), \(batch)")
      }
    }
  }

  @Test("the same bytes for any number of threads")
  func threads() throws {
    let one = try trained(6, bits: 6, workers: 1)
    for workers in [2, 5, 16] {
      let several = try trained(6, bits: 6, workers: workers)
      #expect(several.centroids == one.centroids, "\(workers) workers")
      let codes = try [1, workers].map {
        try one.codes(Self.points, Execution(workers: $0))
      }
      #expect(codes[0] == codes[1])
    }
  }

  @Test("going on from trained centroids only lowers the error")
  func hotStart() throws {
    var quantizer = try ProductQuantizer(dimension: 24, subspaces: 6, bits: 5)
    try quantizer.train(Self.points, iterations: 1)
    let first = try error(quantizer, Self.points)
    try quantizer.train(Self.points, from: quantizer.centroids, iterations: 3)
    let second = try error(quantizer, Self.points)
    try quantizer.train(Self.points, from: quantizer.centroids, iterations: 20)
    let third = try error(quantizer, Self.points)
    #expect(second < first && third <= second * (1 + 1e-6), "\(first) \(second) \(third)")
  }

  @Test("few vectors are refused, or reported; too many are sampled")
  func amounts() throws {
    var quantizer = try ProductQuantizer(dimension: 24, subspaces: 2, bits: 6)
    expectError(.insufficientData, naming: ["64", "63"]) {
      try quantizer.train(Self.points.rows(0..<63))
    }
    #expect(!quantizer.isTrained && quantizer.storedCentroids.count == 24 * 64)
    try quantizer.train(Self.points.rows(0..<64))
    #expect(quantizer.isTrained && quantizer.warnings.count == 1)
    try quantizer.train(Self.points.rows(0..<64 * 39 - 1))
    #expect(quantizer.warnings.count == 1)
    try quantizer.train(Self.points.rows(0..<64 * 39))
    #expect(quantizer.warnings.isEmpty)
    quantizer.clustering.maxPointsPerCentroid = 5
    quantizer.clustering.minPointsPerCentroid = 6
    try quantizer.train(Self.points)
    #expect(quantizer.warnings.contains { $0.contains("320") }, "\(quantizer.warnings)")
  }

  @Test("progress counts parts, and cancelling leaves the quantizer as it was")
  func progress() throws {
    let seen = Mutex<[WorkProgress]>([])
    var quantizer = try trained(3, bits: 4)
    let before = quantizer.centroids
    try quantizer.train(
      Self.points.rows(0..<900), Execution(progress: { step in seen.withLock { $0.append(step) } }))
    let steps = seen.withLock { $0 }.filter { $0.step == "train" }
    #expect(steps.map(\.done).sorted() == [1, 2, 3] && steps.allSatisfy { $0.total == 3 })
    #expect(quantizer.centroids != before)
    let after = quantizer.centroids
    expectError(.cancelled) {
      try quantizer.train(Self.points, Execution(isCancelled: { true }))
    }
    #expect(quantizer.centroids == after)
  }

  @Test("what makes no sense is refused")
  func badInput() throws {
    expectError(.invalidArgument, naming: ["5", "24"]) {
      _ = try ProductQuantizer(dimension: 24, subspaces: 5)
    }
    for (dimension, subspaces, bits) in [(0, 1, 8), (8, 0, 8), (8, -2, 8), (8, 2, 0), (8, 2, 25)] {
      expectError(.invalidArgument) {
        _ = try ProductQuantizer(dimension: dimension, subspaces: subspaces, bits: bits)
      }
    }
    expectError(.unsupported, naming: ["17"]) {
      _ = try ProductQuantizer(dimension: 8, subspaces: 2, bits: 17)
    }
    expectError(.invalidArgument, naming: ["64", "63"]) {
      _ = try ProductQuantizer(
        dimension: 4, subspaces: 2, bits: 4, centroids: [Float](repeating: 0, count: 63))
    }
    expectError(.notFinite) {
      _ = try ProductQuantizer(
        dimension: 4, subspaces: 2, bits: 4, centroids: [Float](repeating: .nan, count: 64))
    }
    var quantizer = try ProductQuantizer(dimension: 24, subspaces: 4, bits: 4)
    let batch = Self.points.rows(0..<20)
    expectError(.notTrained) { _ = try quantizer.codes(batch) }
    expectError(.notTrained) { _ = try quantizer.vectors([0, 0]) }
    var bad = batch
    bad.values[30] = .infinity
    expectError(.notFinite) { try quantizer.train(bad, Execution()) }
    let narrow = DataShape.uniform.make(20, dimension: 8, seed: 63)
    expectError(.dimensionMismatch) {
      try quantizer.train(narrow)
    }
    try quantizer.train(batch)
    expectError(.dimensionMismatch) {
      _ = try quantizer.codes(narrow)
    }
    expectError(.dimensionMismatch, naming: ["3"]) {
      _ = try quantizer.vectors([1, 2, 3])
    }
    let none = Vectors([], dimension: 24)
    #expect(try quantizer.codes(none).isEmpty)
  }
}
