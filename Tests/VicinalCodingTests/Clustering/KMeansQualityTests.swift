import Testing
import VicinalCoding
import VicinalCore
import VicinalTestSupport

@Suite("k-means: what it finds")
struct KMeansQualityTests {
  private func options(_ change: (inout KMeansOptions) -> Void = { _ in }) -> KMeansOptions {
    var options = KMeansOptions()
    options.maxPointsPerCentroid = 1 << 20
    change(&options)
    return options
  }

  @Test(
    "the objective never grows from round to round",
    arguments: [DataShape.uniform, .clustered, .integers, .outlier], [1, 5, 40])
  func monotonous(shape: DataShape, k: Int) throws {
    let points = shape.make(1500, dimension: 12, seed: 21)
    let result = try KMeans.cluster(points.batch(), k: k, options: options())
    #expect(result.iterations.count == 25 && result.centroids.count == k * 12)
    for (before, after) in zip(result.iterations, result.iterations.dropFirst())
    where before.splits == 0 {
      // Values are sums of floats: equal up to their rounding.
      #expect(after.objective <= before.objective * (1 + 1e-5), "\(points), k \(k)")
    }
  }

  @Test(
    "from the same start it goes where a plain Lloyd goes",
    arguments: [DataShape.uniform, .clustered])
  func sameAsPlain(shape: DataShape) throws {
    try compareWithPlain(shape.make(2000, dimension: 16, seed: 22))
  }

  @Test("data far from the origin is clustered as well as data around it")
  func farFromOrigin() throws {
    try compareWithPlain(DataShape.offset.make(2000, dimension: 16, seed: 22))
  }

  private func compareWithPlain(_ points: Vectors) throws {
    let start = points.rows(at: stride(from: 0, to: 2000, by: 100)).values
    let result = try KMeans.cluster(
      points.batch(), k: 20, options: options { $0.iterations = 20 }, initialCentroids: start)
    var plain = PlainKMeans(start: start, dimension: 16)
    plain.run(points, iterations: 20)
    let first = try #require(result.iterations.first)
    #expect(abs(first.objective / plain.objectives[0] - 1) < 1e-4, "\(points)")
    let reached = PlainKMeans.objective(points, centroids: result.centroids)
    let reference = PlainKMeans.objective(points, centroids: plain.centroids.map { Float($0) })
    #expect(reached < 1.02 * reference, "\(points)")
  }

  @Test("clusters that lie apart are found")
  func separated() throws {
    var generator = SplitMix64(seed: 23)
    let values = (0..<600).flatMap { row -> [Float] in
      let centre: [Float] = [Float(row % 3) * 100, Float(row % 2) * 100]
      return centre.map { $0 + generator.normal() }
    }
    let points = Vectors(values, dimension: 2, description: "6 far clusters, seed 23")
    let result = try KMeans.cluster(points.batch(), k: 6, options: options { $0.redos = 10 })
    #expect(PlainKMeans.objective(points, centroids: result.centroids) < 600 * 2 * 1.5, "\(points)")
    #expect(abs((result.iterations.last?.imbalance ?? 0) - 1) < 1e-9)
  }

  @Test("a point given twice counts like a point of weight 2")
  func weights() throws {
    let points = DataShape.clustered.make(400, dimension: 6, seed: 24)
    let doubled = points.rows(at: (0..<400).flatMap { $0 % 3 == 0 ? [$0, $0] : [$0] })
    let weights = (0..<400).map { Float($0 % 3 == 0 ? 2 : 1) }
    let start = points.rows(0..<7).values
    let weighted = try KMeans.cluster(
      points.batch(), k: 7, options: options(), weights: weights, initialCentroids: start)
    let repeated = try KMeans.cluster(
      doubled.batch(), k: 7, options: options(), initialCentroids: start)
    for (a, b) in zip(weighted.iterations, repeated.iterations) {
      #expect(abs(a.objective - b.objective) <= 1e-4 * b.objective, "\(points)")
    }
    for (a, b) in zip(weighted.centroids, repeated.centroids) {
      #expect(abs(a - b) < 1e-3, "\(points)")
    }
  }

  @Test("points of weight 0 pull nothing")
  func zeroWeights() throws {
    let near = DataShape.uniform.make(100, dimension: 4, seed: 25)
    var far = DataShape.uniform.make(100, dimension: 4, seed: 26)
    for place in far.values.indices { far.values[place] += 1000 }
    let weights = [Float](repeating: 1, count: 100) + [Float](repeating: 0, count: 100)
    let both = near + far
    let result = try KMeans.cluster(
      both.batch(), k: 3, options: options(), weights: weights,
      initialCentroids: near.rows(0..<3).values)
    #expect(result.centroids.allSatisfy { abs($0) <= 1 }, "seeds 25, 26")
  }

  @Test("the best of several redos is kept")
  func redos() throws {
    let points = DataShape.clustered.make(800, dimension: 8, seed: 27)
    // Run number i of several starts from the seed that a single run with this seed starts from.
    let single = try (0..<5).map { redo in
      try KMeans.cluster(
        points.batch(), k: 16,
        options: options { $0.seed = 1234 &+ UInt64(redo) &* 15_486_557 })
    }
    let objectives = single.compactMap { $0.iterations.last?.objective }
    let result = try KMeans.cluster(points.batch(), k: 16, options: options { $0.redos = 5 })
    #expect(result.iterations.last?.objective == objectives.min(), "\(points)")
    #expect(single.contains { $0.centroids == result.centroids }, "\(points)")
    #expect(Set(objectives).count > 1, "\(points)")
  }

  @Test("under inner product the redo with the largest objective is kept")
  func similarityRedos() throws {
    let points = DataShape.clustered.make(800, dimension: 8, seed: 28).normalized
    func run(_ redos: Int, _ seed: UInt64) throws -> Double {
      let spherical = options {
        $0.isSpherical = true
        $0.redos = redos
        $0.seed = seed
      }
      let result = try KMeans.cluster(
        points.batch(), k: 16, options: spherical, metric: .innerProduct)
      return try #require(result.iterations.last?.objective)
    }
    let single = try (0..<4).map { try run(1, 1234 &+ UInt64($0) &* 15_486_557) }
    #expect(try run(4, 1234) == single.max(), "\(points)")
  }
}
