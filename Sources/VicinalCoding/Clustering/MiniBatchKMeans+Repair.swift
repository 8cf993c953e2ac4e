import VicinalCompute
import VicinalCore

extension MiniBatchKMeans {
  /// Clusters that hold nearly nothing take over half of another.
  ///
  /// Which one is drawn in proportion to what its vectors lie from it, so that a large or a wide cluster
  /// is divided. A cluster that begins at a far vector instead attracts nothing where distances are
  /// L2, since nothing else is near an outlier: it would be given up at every step again. One that holds a
  /// few vectors far from all others stays: they would add more to the error than a division takes
  /// off.
  mutating func repair(
    _ batch: borrowing VectorBatch, _ numbers: [Int32], _ kernels: KernelSet
  ) throws(IndexError) {
    let least = max(options.leastShare * (masses.max() ?? 0), .leastNormalMagnitude)
    var poor = masses.indices.filter { masses[$0] < least }
    guard !poor.isEmpty else { return }
    let typical = errors.reduce(0, +) / Double(k)
    poor = poor.filter { lossWithout($0, kernels) < Self.worthKeeping * typical }
    var members = [[Int]](repeating: [], count: k)
    for (row, number) in numbers.enumerated() { members[Int(number)].append(row) }
    // Rows of the batch were assigned to clusters as they were before any of them was divided.
    var origins = Array(0..<k)
    for cluster in poor { errors[cluster] = 0 }
    for cluster in poor {
      guard let donor = drawDonor() else { return }
      let rows = members[origins[donor]]
      let row =
        rows.randomElement(using: &generator) ?? Int.random(in: 0..<batch.count, using: &generator)
      origins[cluster] = origins[donor]
      divide(donor, into: cluster, towards: batch.row(row))
      repairs += 1
    }
  }

  /// The part of a cluster's mean error that another one must be worth to be kept: dividing a cluster
  /// takes about so much off the error.
  private static let worthKeeping = 0.25

  /// What would be added to the error if the vectors of a cluster went to the nearest other one.
  private func lossWithout(_ cluster: Int, _ kernels: KernelSet) -> Double {
    guard masses[cluster] > .leastNormalMagnitude, k > 1 else { return 0 }
    var values = [Float](repeating: 0, count: k)
    var span = values.mutableSpan
    let own = centroids.span.extracting(cluster * dimension..<(cluster + 1) * dimension)
    kernels.distances(from: own, to: centroids.span.rawBytes, metric: .l2, into: &span)
    var nearest = Float.infinity
    for other in 0..<k where other != cluster { nearest = min(nearest, values[other]) }
    return masses[cluster] * Double(nearest)
  }

  /// How far halves of a cluster move apart, as a part of the way to one of its vectors: far enough that
  /// they differ, not as far as that vector, which may be an outlier.
  private static let splitStep = 0.1

  /// Shares what a cluster holds with another one, and moves both apart.
  private mutating func divide(_ donor: Int, into cluster: Int, towards vector: Span<Float>) {
    let mass = masses[donor] / 2
    for column in 0..<dimension {
      let place = donor * dimension + column
      let half = sums[place] / 2
      let step =
        mass > 0 ? Self.splitStep * (mass * Double(vector[column]) - half) : 0
      sums[place] = half - step
      sums[cluster * dimension + column] = half + step
    }
    (masses[donor], masses[cluster]) = (mass, mass)
    errors[donor] /= 2
    errors[cluster] = errors[donor]
    placeCentroid(donor)
    placeCentroid(cluster)
  }

  /// Draws a cluster in proportion to the squared distances of its vectors; none where all are 0.
  private mutating func drawDonor() -> Int? {
    let total = errors.reduce(0, +)
    guard total > 0, total.isFinite else { return nil }
    var left = Double.random(in: 0..<total, using: &generator)
    var last: Int?
    for cluster in errors.indices where errors[cluster] > 0 {
      last = cluster
      left -= errors[cluster]
      if left < 0 { break }
    }
    return last
  }

  /// The squared distance of each vector to its centroid.
  func distances(_ batch: borrowing VectorBatch, _ values: [Float]) -> [Double] {
    guard metric == .innerProduct else { return values.map { max(0, Double($0)) } }
    return (0..<batch.count).map { row in
      let vector = batch.row(row)
      var squares = 0.0
      for column in 0..<dimension { squares += Double(vector[column]) * Double(vector[column]) }
      return max(0, squares - 2 * Double(values[row]) + 1)
    }
  }
}
