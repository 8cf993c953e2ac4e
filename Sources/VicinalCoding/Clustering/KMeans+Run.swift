import VicinalCompute
import VicinalCore

extension KMeans {
  /// All redos over points that are already sampled.
  static func run(
    _ points: borrowing VectorBatch, _ weights: [Float]?, _ initial: [Float],
    _ options: KMeansOptions, _ metric: Metric, _ execution: Execution,
    _ result: inout KMeansResult
  ) throws(IndexError) {
    let k = result.k
    let dimension = points.dimension
    if points.count == k, initial.isEmpty {
      // As many points as clusters: each point is its own centroid.
      var centroids: [Float] = []
      for index in points.values.indices { centroids.append(points.values[index]) }
      result.centroids = centroids
      result.warnings.append("there are exactly as many points as clusters; they are the centroids")
      return
    }
    let fewest = k.multipliedReportingOverflow(by: options.minPointsPerCentroid)
    if fewest.overflow || points.count < fewest.partialValue {
      result.warnings.append(
        "\(points.count) points for \(k) clusters are few; at least"
          + " \(options.minPointsPerCentroid) per cluster are recommended")
    }
    if let settings = options.miniBatch {
      return try runMiniBatch(points, initial, settings, options, metric, execution, &result)
    }
    let kernels = try KernelSet(execution.kernels)
    let frozen = options.areInitialCentroidsFrozen ? initial.count / dimension : 0
    for redo in 0..<options.redos {
      var generator = SplitMix64(seed: options.seed &+ 1 &+ UInt64(redo) &* 15_486_557)
      var state = ClusterState(
        centroids: initial + draw(points, k - initial.count / dimension, &generator),
        k: k, dimension: dimension, frozen: frozen, isSpherical: options.isSpherical,
        kernels: kernels)
      state.normaliseIfSpherical()
      var iterations: [KMeansIteration] = []
      // Most points stay where they are: their centroid of before bounds the search for the next.
      var assigned: [Int64] = []
      for iteration in 0..<options.iterations {
        try execution.checkCancellation()
        let nearest = NearestRows(
          rows: try VectorBatch(state.centroids.span, dimension: dimension), metric: metric,
          kernels: kernels, isRoundingFree: true)
        let values: [Float]
        (assigned, values) = try nearest.assign(points, guesses: assigned, execution: execution)
        let objective = weightedSum(values, weights)
        let sizes = try state.update(points, assigned, weights, execution)
        let splits = state.splitEmpty(sizes, pointCount: points.count, &generator)
        state.normaliseIfSpherical()
        iterations.append(
          KMeansIteration(
            objective: objective, imbalance: imbalance(sizes), splits: splits))
        execution.progress?(
          WorkProgress(
            step: "k-means", done: redo * options.iterations + iteration + 1,
            total: options.redos * options.iterations, note: "objective \(objective)"))
        if iteration + 1 < options.iterations, execution.shouldEndTraining?() == true { break }
      }
      let objective = iterations.last?.objective ?? 0
      let best = result.iterations.last?.objective
      let isBetter =
        metric.isSimilarity ? objective > (best ?? -.infinity) : objective < (best ?? .infinity)
      if best == nil || isBetter {
        result.centroids = state.centroids
        result.iterations = iterations
      }
      if redo + 1 < options.redos, execution.shouldEndTraining?() == true { break }
    }
  }

  /// `count` different points as starting centroids.
  private static func draw(
    _ points: borrowing VectorBatch, _ count: Int, _ generator: inout SplitMix64
  ) -> [Float] {
    var centroids: [Float] = []
    centroids.reserveCapacity(count * points.dimension)
    for row in sampleWithoutReplacement(count, of: points.count, using: &generator) {
      let values = points.row(row)
      for column in values.indices { centroids.append(values[column]) }
    }
    return centroids
  }

  private static func weightedSum(_ values: [Float], _ weights: [Float]?) -> Double {
    guard let weights else { return values.reduce(0) { $0 + Double($1) } }
    return zip(values, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  static func imbalance(_ sizes: [Int]) -> Double {
    let total = sizes.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return 1 }
    return sizes.reduce(0.0) { $0 + Double($1) * Double($1) } * Double(sizes.count)
      / (total * total)
  }
}
