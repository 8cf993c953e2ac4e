import Foundation
import VicinalCompute
import VicinalCore

/// k-means in more and more of the principal directions, each run from where the last one ended:
/// better clusters in many dimensions.
///
/// Liu, Shao and Lu, "Generalized residual vector quantization for large scale data", ICME 2016.
/// faiss: `ProgressiveDimClustering`.
enum ProgressiveClustering {
  /// Runs; the last is over all dimensions. faiss: `progressive_dim_steps`.
  private static let steps = 10

  /// Rounds of each run. faiss: `niter`.
  private static let iterations = 10

  /// - Parameter points: Row-major, at least `k` vectors.
  /// - Returns: `k × dimension` floats.
  static func cluster(
    _ points: [Float], dimension: Int, k: Int, execution: Execution
  ) throws(IndexError) -> (centroids: [Float], warnings: [String]) {
    let batch = try VectorBatch(points.span, dimension: dimension)
    var directions: PCA?
    var turned = points
    if dimension > 1, batch.count >= dimension {
      var pca = try PCA(inputDimension: dimension, outputDimension: dimension)
      try pca.train(on: batch, execution: execution)
      turned = try pca.apply(batch, execution: execution)
      directions = pca
    }
    var options = KMeansOptions()
    options.iterations = iterations
    var (centroids, last, warnings) = ([Float](), 0, [String]())
    for step in 1...steps {
      let width = max(
        last, min(dimension, Int(pow(Double(dimension), Double(step) / Double(steps)))))
      let columns = step == steps ? dimension : width
      var start: [Float] = []
      if last > 0 {
        for centroid in 0..<k {
          start += centroids[centroid * last..<(centroid + 1) * last]
          start += [Float](repeating: 0, count: columns - last)
        }
      }
      let part =
        columns == dimension
        ? turned
        : copiedColumns(0..<columns, of: try VectorBatch(turned.span, dimension: dimension))
      let found = try KMeans.cluster(
        VectorBatch(part.span, dimension: columns), k: k, options: options,
        initialCentroids: start, execution: execution)
      (centroids, last, warnings) = (found.centroids, columns, found.warnings)
    }
    if let directions {
      centroids = try directions.reverse(
        VectorBatch(centroids.span, dimension: dimension), execution: execution)
    }
    return (centroids, warnings)
  }
}
