import VicinalCompute
import VicinalCore

/// One round of full k-means over vectors that come in batches.
struct MiniBatchRound {
  let nearest: NearestRows
  let kernels: KernelSet
  private let clusters: MiniBatchKMeans
  private let execution: Execution
  private var sums: [Double]
  /// Vectors per cluster.
  private(set) var sizes: [Int64]
  /// Squared distances per cluster.
  private(set) var errors: [Double]
  /// Vectors seen.
  private(set) var count = 0
  /// The sum of their distances (similarities).
  private(set) var objective = 0.0

  /// Rows that are assigned at once.
  private static let blockRows = 65_536

  init(_ clusters: MiniBatchKMeans, _ execution: Execution) throws(IndexError) {
    try clusters.requireTrained()
    nearest = try clusters.nearest(execution)
    kernels = try KernelSet(execution.kernels)
    self.clusters = clusters
    self.execution = execution
    sums = [Double](repeating: 0, count: clusters.k * clusters.dimension)
    sizes = [Int64](repeating: 0, count: clusters.k)
    errors = [Double](repeating: 0, count: clusters.k)
  }

  /// Adds vectors to the means.
  mutating func add(_ batch: borrowing VectorBatch) throws(IndexError) {
    try clusters.require(batch, of: "vectors to cluster")
    for first in stride(from: 0, to: batch.count, by: Self.blockRows) {
      let part = batch.rows(first..<min(batch.count, first + Self.blockRows))
      let (labels, values) = try nearest.assign(part, execution: execution)
      let numbers = labels.map { Int32(truncatingIfNeeded: max(0, $0)) }
      addClusterSums(
        part, part: 0..<part.dimension, numbers: numbers.span, numberStart: 0, numberStep: 1,
        sums: &sums, sizes: &sizes)
      for (row, distance) in clusters.distances(part, values).enumerated() {
        errors[Int(numbers[row])] += distance
      }
      count += part.count
      objective += values.reduce(0.0) { $0 + Double($1) }
    }
  }

  /// The means; clusters without vectors stay where they were.
  func means(_ before: [Float]) -> [Float] {
    var means = before
    let dimension = clusters.dimension
    for cluster in sizes.indices where sizes[cluster] > 0 {
      for place in cluster * dimension..<(cluster + 1) * dimension {
        means[place] = Float(sums[place] / Double(sizes[cluster]))
      }
    }
    return means
  }
}
