import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("k-means: same input, same bytes")
struct KMeansDeterminismTests {
  private func run(
    _ points: Vectors, k: Int, metric: Metric = .l2, seed: UInt64 = 1234,
    _ execution: Execution = Execution()
  ) throws(IndexError) -> KMeansResult {
    var options = KMeansOptions()
    options.iterations = 8
    options.redos = 2
    options.seed = seed
    options.maxPointsPerCentroid = 40
    options.isSpherical = metric == .innerProduct
    return try KMeans.cluster(
      points.batch(), k: k, options: options, metric: metric, execution: execution)
  }

  @Test(
    "any number of threads gives the same bytes, on every instruction set",
    arguments: printingSkips(KernelSet.available), [Metric.l2, .innerProduct])
  func threads(level: KernelLevel, metric: Metric) throws {
    for shape in [DataShape.clustered, .integers, .spikes, .constant] {
      let points = shape.make(3000, dimension: 19, seed: 41)
      let one = try run(points, k: 50, metric: metric, Execution(workers: 1, kernels: level))
      for workers in [2, 3, 8] {
        let many = try run(
          points, k: 50, metric: metric, Execution(workers: workers, kernels: level))
        #expect(many == one, "\(points), \(workers) workers, \(level), \(metric)")
      }
    }
  }

  @Test("every instruction set finds the same clusters, up to rounding")
  func levels() throws {
    let points = DataShape.clustered.make(3000, dimension: 19, seed: 42)
    let objectives = try KernelSet.available.map { level in
      try run(points, k: 16, Execution(kernels: level)).iterations.last?.objective ?? 0
    }
    // Rounding may send a point on the border of two clusters to the other one.
    for objective in objectives {
      #expect(abs(objective / objectives[0] - 1) < 0.02, "\(points), \(KernelSet.available)")
    }
  }

  @Test("another seed starts elsewhere, the same seed at the same place")
  func seeds() throws {
    let points = DataShape.clustered.make(3000, dimension: 8, seed: 43)
    #expect(try run(points, k: 20, seed: 5) == run(points, k: 20, seed: 5))
    #expect(try run(points, k: 20, seed: 5).centroids != run(points, k: 20, seed: 6).centroids)
  }

  @Test("empty clusters are refilled by splitting large ones, as far as there are points")
  func splitting() throws {
    let same = DataShape.constant.make(200, dimension: 6, seed: 44)
    let result = try run(same, k: 10)
    #expect(result.iterations.allSatisfy { $0.splits > 0 }, "\(same)")
    #expect(result.centroids.allSatisfy { $0.isFinite }, "\(same)")
    let centroids = Vectors(result.centroids, dimension: 6)
    let distinct = Set((0..<10).map { Array(centroids[$0]) })
    #expect(distinct.count > 1, "split clusters move apart")
    for row in 0..<10 {
      for (column, value) in centroids[row].enumerated() {
        #expect(abs(value - same.values[column]) <= 0.02 * abs(same.values[column]), "\(same)")
      }
    }
  }

  @Test("two piles of equal points keep all clusters usable")
  func piles() throws {
    let piles = Vectors((0..<100).flatMap { [Float($0 % 2) * 10 + 1, 2] }, dimension: 2)
    let result = try run(piles, k: 8)
    #expect(result.centroids.count == 16 && result.centroids.allSatisfy { $0.isFinite })
    #expect(PlainKMeans.objective(piles, centroids: result.centroids) < 1)
  }
}
