import Synchronization
import Testing
import VicinalCoding
import VicinalCore
import VicinalTestSupport

@Suite("k-means: options and limits")
struct KMeansOptionsTests {
  private let points = DataShape.clustered.make(500, dimension: 5, seed: 31)

  private func run(
    _ points: Vectors, k: Int, metric: Metric = .l2, weights: [Float]? = nil,
    initial: [Float] = [], execution: Execution = Execution(),
    _ change: (inout KMeansOptions) -> Void = { _ in }
  ) throws(IndexError) -> KMeansResult {
    var options = KMeansOptions()
    change(&options)
    return try KMeans.cluster(
      points.batch(), k: k, options: options, metric: metric, weights: weights,
      initialCentroids: initial, execution: execution)
  }

  @Test(
    "frozen starting centroids stay bit by bit; others move",
    arguments: [Metric.l2, .innerProduct])
  func frozen(metric: Metric) throws {
    let start = DataShape.uniform.make(4, dimension: 5, seed: 32).values
    let result = try run(points, k: 9, metric: metric, initial: start) {
      $0.areInitialCentroidsFrozen = true
      $0.isSpherical = metric == .innerProduct
    }
    #expect(Array(result.centroids.prefix(20)) == start)
    let free = try run(points, k: 9, metric: metric, initial: start)
    #expect(Array(free.centroids.prefix(20)) != start)
    let all = try run(points, k: 4, initial: start) { $0.areInitialCentroidsFrozen = true }
    #expect(all.centroids == start)
  }

  @Test("spherical centroids have length 1", arguments: [Metric.l2, .innerProduct])
  func spherical(metric: Metric) throws {
    let result = try run(points, k: 12, metric: metric) { $0.isSpherical = true }
    let centroids = Vectors(result.centroids, dimension: 5)
    for row in 0..<12 {
      let norm = centroids[row].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm - 1) < 1e-6, "\(points)")
    }
  }

  @Test("more points than allowed per centroid are sampled; few are warned about")
  func sampling() throws {
    let sampled = try run(points, k: 4) { $0.maxPointsPerCentroid = 50 }
    #expect(sampled.pointCount == 200 && sampled.warnings.isEmpty)
    #expect(try run(points, k: 4).pointCount == 500)
    #expect(try run(points, k: 12).warnings.isEmpty)
    let few = try run(points, k: 13)
    #expect(few.warnings.count == 1 && few.warnings[0].contains("500 points for 13 clusters"))
    #expect(try run(points, k: 13) { $0.minPointsPerCentroid = 10 }.warnings.isEmpty)
    #expect(try run(points, k: 4) { $0.maxPointsPerCentroid = .max }.pointCount == 500)
    #expect(try run(points, k: 4) { $0.minPointsPerCentroid = .max }.warnings.count == 1)
  }

  @Test("weights follow their points into the sample")
  func sampledWeights() throws {
    // Only rows 0 and 1 of every ten weigh anything, and both lie at the same place.
    let values = (0..<1000).map { Float($0 % 10 < 2 ? 3 : 50 + $0) }
    let lines = Vectors(values, dimension: 1)
    let result = try run(
      lines, k: 1, weights: (0..<1000).map { $0 % 10 < 2 ? 1 : 0 }
    ) { $0.maxPointsPerCentroid = 300 }
    #expect(result.pointCount == 300 && abs(result.centroids[0] - 3) < 1e-5)
  }

  @Test("as many points as clusters are the centroids themselves")
  func everyPoint() throws {
    let few = points.rows(0..<20)
    let result = try run(few, k: 20)
    #expect(result.centroids == few.values && result.warnings.count == 1)
    #expect(try run(few, k: 20, initial: few.rows(3..<6).values).centroids.count == 100)
  }

  @Test("fewer points than clusters, and none at all, are insufficient data")
  func tooFew() {
    expectError(.insufficientData, naming: ["20", "21"]) { _ = try run(points.rows(0..<20), k: 21) }
    expectError(.insufficientData) { _ = try run(points, k: .max) }
    expectError(.insufficientData) { _ = try run(points.rows(0..<0), k: 1) }
  }

  @Test(
    "NaN and infinity are errors naming the row", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) {
    var broken = points
    broken.values[137 * 5 + 3] = value
    expectError(.notFinite, naming: ["row 137", "column 3"]) { _ = try run(broken, k: 4) }
    expectError(.notFinite, naming: ["row 137"]) {
      _ = try run(broken, k: 4) { $0.maxPointsPerCentroid = 2 }
    }
  }

  @Test("options outside their ranges are invalid arguments")
  func invalid() {
    let calls: [() throws -> KMeansResult] = [
      { try run(points, k: 0) }, { try run(points, k: -3) },
      { try run(points, k: 2) { $0.iterations = 0 } }, { try run(points, k: 2) { $0.redos = 0 } },
      { try run(points, k: 2) { $0.maxPointsPerCentroid = 0 } },
      { try run(points, k: 2, metric: .l1) }, { try run(points, k: 2, initial: [1, 2]) },
      { try run(points, k: 2, initial: points.rows(0..<3).values) },
      { try run(points, k: 2, initial: [1, 2, 3, 4, .nan]) },
      { try run(points, k: 2, weights: [1]) },
      { try run(points, k: 2, weights: [Float](repeating: -1, count: 500)) },
      { try run(points, k: 2, weights: [Float](repeating: .nan, count: 500)) },
    ]
    for (number, call) in calls.enumerated() {
      expectError(.invalidArgument, "call \(number)") { _ = try call() }
    }
  }

  @Test("progress counts the rounds of all redos")
  func progress() throws {
    let seen = Mutex<[WorkProgress]>([])
    let execution = Execution(progress: { progress in seen.withLock { $0.append(progress) } })
    let result = try run(points, k: 4, execution: execution) {
      $0.iterations = 6
      $0.redos = 2
    }
    let calls = seen.withLock { $0 }
    #expect(calls.map(\.done) == Array(1...12) && calls.allSatisfy { $0.total == 12 })
    #expect(calls.allSatisfy { $0.step == "k-means" && $0.note?.contains("objective") == true })
    #expect(result.iterations.count == 6)
  }

  @Test("cancelling ends the work", arguments: [0, 1, 5])
  func cancellation(after rounds: Int) {
    let done = Atomic<Int>(0)
    expectError(.cancelled) {
      _ = try run(
        points, k: 4,
        execution: Execution(
          progress: { done.store($0.done, ordering: .relaxed) },
          isCancelled: { done.load(ordering: .relaxed) >= rounds }))
    }
    #expect(done.load(ordering: .relaxed) == rounds)
  }
}
