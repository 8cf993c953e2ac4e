import VicinalCompute
public import VicinalCore

/// k-means clustering (Lloyd's algorithm, or in mini-batches), with faiss's meaning and the same result for a seed
/// whatever the number of threads.
///
/// Assignment is exact: an int8 first pass rules out almost all centroids under a certified
/// error bound. Sums are taken cluster by cluster in the order of the points.
///
/// ```swift
/// let found = try KMeans.cluster(batch, k: 256)
/// print(found.iterations.map(\.objective))
/// ```
///
/// The corresponding faiss type is `Clustering`.
public enum KMeans {
  /// Finds `k` centroids.
  ///
  /// - Parameters:
  ///   - points: At least `k` finite vectors.
  ///   - k: Clusters, at least 1.
  ///   - options: Rounds, sampling, seed and so on.
  ///   - metric: L2, or inner product (used with `isSpherical` for inverted lists).
  ///   - weights: One per point, non-negative, or `nil` for all equal.
  ///   - initialCentroids: At most `k` starting centroids, row-major; the others are drawn.
  ///   - execution: Threads, progress (step "k-means", one unit per round), cancellation, early end:
  ///     at least one round is done.
  /// - Throws: ``IndexError/Code/insufficientData`` if there are fewer points than clusters,
  ///   ``IndexError/Code/invalidArgument``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(redos · iterations · points · k · dimension).
  public static func cluster(
    _ points: borrowing VectorBatch, k: Int, options: KMeansOptions = KMeansOptions(),
    metric: Metric = .l2, weights: [Float]? = nil, initialCentroids: [Float] = [],
    execution: Execution = Execution()
  ) throws(IndexError) -> KMeansResult {
    try validate(points, k, options, metric, weights, initialCentroids)
    var result = KMeansResult(
      k: k, dimension: points.dimension, centroids: [], iterations: [],
      pointCount: points.count, warnings: [])
    let most = k.multipliedReportingOverflow(by: options.maxPointsPerCentroid)
    guard !most.overflow, points.count > most.partialValue else {
      try run(points, weights, initialCentroids, options, metric, execution, &result)
      return result
    }
    var generator = SplitMix64(seed: options.seed)
    let chosen = sampleWithoutReplacement(
      most.partialValue, of: points.count, using: &generator)
    var sample: [Float] = []
    sample.reserveCapacity(chosen.count * points.dimension)
    for row in chosen {
      let values = points.row(row)
      for column in values.indices { sample.append(values[column]) }
    }
    result.pointCount = chosen.count
    let batch = try VectorBatch(sample.span, dimension: points.dimension)
    try run(
      batch, weights.map { weights in chosen.map { weights[$0] } }, initialCentroids, options,
      metric, execution, &result)
    return result
  }

  private static func validate(
    _ points: borrowing VectorBatch, _ k: Int, _ options: KMeansOptions, _ metric: Metric,
    _ weights: [Float]?, _ initial: [Float]
  ) throws(IndexError) {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(IndexError) {
      guard condition else { throw IndexError(.invalidArgument, message()) }
    }
    try require(k >= 1, "k-means needs at least 1 cluster, got \(k)")
    try require(options.iterations >= 1, "iterations must be at least 1, got \(options.iterations)")
    try require(options.redos >= 1, "redos must be at least 1, got \(options.redos)")
    try require(
      options.maxPointsPerCentroid >= 1,
      "maxPointsPerCentroid must be at least 1, got \(options.maxPointsPerCentroid)")
    try require(
      metric == .l2 || metric == .innerProduct,
      "k-means works with L2 or inner product, not \(metric)")
    try require(
      initial.count.isMultiple(of: points.dimension) && initial.count / points.dimension <= k,
      "initial centroids must be at most \(k) rows of \(points.dimension), got \(initial.count) floats"
    )
    try require(initial.allSatisfy(\.isFinite), "initial centroids must be finite")
    if let weights {
      try require(
        weights.count == points.count && weights.allSatisfy { $0 >= 0 && $0.isFinite },
        "k-means needs one finite, non-negative weight per point: \(points.count) points,"
          + " \(weights.count) weights")
    }
    if let miniBatch = options.miniBatch {
      try miniBatch.validate()
      try require(
        weights == nil && !options.areInitialCentroidsFrozen,
        "mini-batch k-means has neither weights nor frozen centroids; leave out miniBatch")
    }
    guard points.count >= k else {
      throw IndexError(
        .insufficientData,
        "k-means needs at least as many points as clusters: \(points.count) points for \(k)"
          + " clusters; give more points or ask for fewer clusters")
    }
    try points.requireFinite(of: "points to cluster")
  }
}
