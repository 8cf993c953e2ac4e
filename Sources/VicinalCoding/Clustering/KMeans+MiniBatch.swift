import VicinalCompute
import VicinalCore

extension KMeans {
  /// All redos in mini-batches, over points that are already sampled.
  static func runMiniBatch(
    _ points: borrowing VectorBatch, _ initial: [Float], _ settings: MiniBatchOptions,
    _ options: KMeansOptions, _ metric: Metric, _ execution: Execution,
    _ result: inout KMeansResult
  ) throws(IndexError) {
    for redo in 0..<options.redos {
      var settings = settings
      settings.seed = options.seed &+ 1 &+ UInt64(redo) &* 15_486_557
      settings.finalPasses = max(1, settings.finalPasses) - 1
      var clusters = try MiniBatchKMeans(
        k: result.k, dimension: points.dimension, metric: metric,
        isSpherical: options.isSpherical, options: settings)
      try clusters.train(on: points, initialCentroids: initial, execution: execution)
      // The last full round says what came out.
      let before = clusters.repairs
      var round = try MiniBatchRound(clusters, execution)
      try round.add(points)
      let iteration = KMeansIteration(
        objective: round.objective, imbalance: imbalance(round.sizes.map { Int($0) }),
        splits: clusters.end(round).isNaN ? 0 : clusters.repairs - before)
      let best = result.iterations.last?.objective
      let isBetter =
        metric.isSimilarity
        ? iteration.objective > (best ?? -.infinity) : iteration.objective < (best ?? .infinity)
      if best == nil || isBetter {
        result.centroids = clusters.centroids
        result.iterations = [iteration]
      }
      if redo + 1 < options.redos, execution.shouldEndTraining?() == true { break }
    }
  }
}
