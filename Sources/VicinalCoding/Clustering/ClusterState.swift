import VicinalCompute
import VicinalCore

/// The centroids of one run of k-means, and the steps that move them.
struct ClusterState {
  var centroids: [Float]
  let k: Int
  let dimension: Int
  /// Centroids 0 ..< frozen never move.
  let frozen: Int
  let isSpherical: Bool
  let kernels: KernelSet

  /// faiss's distance between the two halves of a split cluster.
  private static let splitStep: Float = 1 / 1024

  /// Moves each centroid to the mean of its points; centroids without points stay.
  ///
  /// A cluster is summed by one worker in the order of the points, so that rounding does not
  /// depend on the number of threads.
  ///
  /// - Returns: Points per cluster.
  mutating func update(
    _ points: borrowing VectorBatch, _ assigned: [Int64], _ weights: [Float]?,
    _ execution: Execution
  ) throws(IndexError) -> [Int] {
    let (order, starts) = grouped(assigned, groups: k)
    let parts = evenRanges(k, parts: execution.workerCount * 4)
    let dimension = dimension
    let sums = try parallelMap(parts.count, workers: execution.workerCount) {
      part throws(IndexError) in
      var means: [Float] = []
      means.reserveCapacity(parts[part].count * dimension)
      for cluster in parts[part] {
        var sum = [Double](repeating: 0, count: dimension)
        let members = order[starts[cluster]..<starts[cluster + 1]]
        accumulate(points, ids: members, weights: weights, into: &sum)
        let mass = weights.map { weights in
          members.reduce(0.0) { $0 + Double(weights[Int($1)]) }
        }
        let scale = mass ?? Double(members.count)
        means += scale > 0 ? sum.map { Float($0 / scale) } : []
        if !(scale > 0) { means += self.centroids[cluster * dimension..<(cluster + 1) * dimension] }
      }
      return means
    }
    let kept = centroids.prefix(frozen * dimension)
    centroids = sums.flatMap { $0 }
    centroids.replaceSubrange(0..<kept.count, with: kept)
    return (0..<k).map { starts[$0 + 1] - starts[$0] }
  }

  /// Refills empty clusters with half of a large one: both move apart by a tiny step.
  ///
  /// A cluster is drawn for splitting with a probability that grows with its size, as in faiss.
  ///
  /// - Returns: How many were refilled.
  mutating func splitEmpty(
    _ sizes: [Int], pointCount: Int, _ generator: inout SplitMix64
  ) -> Int {
    var sizes = sizes
    var splits = 0
    for empty in frozen..<max(frozen, k) where sizes[empty] == 0 {
      guard let donor = drawDonor(sizes, pointCount: pointCount, &generator) else { break }
      for column in 0..<dimension {
        let value = centroids[donor * dimension + column]
        let step = column.isMultiple(of: 2) ? Self.splitStep : -Self.splitStep
        centroids[empty * dimension + column] = value * (1 + step)
        centroids[donor * dimension + column] = value * (1 - step)
      }
      sizes[empty] = sizes[donor] / 2
      sizes[donor] -= sizes[empty]
      splits += 1
    }
    return splits
  }

  private func drawDonor(
    _ sizes: [Int], pointCount: Int, _ generator: inout SplitMix64
  ) -> Int? {
    let excess = sizes.indices.reduce(0) { $0 + ($1 >= frozen ? max(0, sizes[$1] - 1) : 0) }
    guard excess > 0 else { return nil }
    var place = Int.random(in: 0..<excess, using: &generator)
    for cluster in frozen..<k {
      place -= max(0, sizes[cluster] - 1)
      if place < 0 { return cluster }
    }
    return nil
  }

  /// Puts the centroids on the unit sphere; zero stays zero.
  mutating func normaliseIfSpherical() {
    guard isSpherical else { return }
    for cluster in frozen..<max(frozen, k) {
      let range = cluster * dimension..<(cluster + 1) * dimension
      let norm = centroids[range].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { continue }
      for index in range { centroids[index] = Float(Double(centroids[index]) / norm) }
    }
  }
}
