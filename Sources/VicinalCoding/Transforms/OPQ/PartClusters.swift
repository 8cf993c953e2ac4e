import Foundation
import VicinalCompute
import VicinalCore

/// k-means in all parts of vectors at once, from where it was left: what OPQ does in each round.
struct PartClusters {
  /// Parts of a vector.
  let parts: Int
  /// Floats of a part.
  let width: Int
  /// Clusters of each part.
  let size: Int
  let kernels: KernelSet

  /// `parts × size × width` floats.
  private(set) var centroids: [Float] = []
  /// The cluster of each part of each vector.
  private var numbers: [Int32] = []
  /// Vectors per cluster, part after part.
  private var sizes: [[Int64]] = []

  /// Vectors whose clusters are looked for together.
  private static let blockVectors = 512

  init(parts: Int, width: Int, size: Int, kernels: KernelSet) {
    (self.parts, self.width, self.size, self.kernels) = (parts, width, size, kernels)
  }

  /// Takes some of the vectors as centroids.
  mutating func begin(_ vectors: borrowing VectorBatch, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let chosen = sampleWithoutReplacement(size, of: vectors.count, using: &generator)
    centroids = []
    centroids.reserveCapacity(parts * size * width)
    for part in 0..<parts {
      for number in chosen {
        let row = vectors.row(number)
        for column in part * width..<(part + 1) * width { centroids.append(row[column]) }
      }
    }
  }

  /// One round: finds the nearest centroids and moves them to the means.
  mutating func refine(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    let nearest = SubspaceCentroids(centroids.span, subspaces: parts, subdimension: width)
    let (count, parts, kernels) = (vectors.count, parts, kernels)
    let starts = Array(stride(from: 0, to: count, by: Self.blockVectors))
    let blocks = try parallelMap(starts.count, workers: execution.workerCount) {
      block throws(IndexError) in
      try execution.checkCancellation()
      let last = min(starts[block] + Self.blockVectors, count)
      var found = [Int32](repeating: 0, count: (last - starts[block]) * parts)
      var span = found.mutableSpan
      nearest.findNearest(
        vectors.rows(starts[block]..<last), kernels: kernels, into: &span)
      return found
    }
    numbers = blocks.flatMap { $0 }
    try move(vectors, execution)
  }

  /// Each part is summed by one worker in the order of the vectors.
  private mutating func move(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    let (parts, width, size, centroids, numbers) = (parts, width, size, centroids, numbers)
    let moved = try parallelMap(parts, workers: execution.workerCount) { part throws(IndexError) in
      var sums = [Double](repeating: 0, count: size * width)
      var sizes = [Int64](repeating: 0, count: size)
      addClusterSums(
        vectors, part: part * width..<(part + 1) * width, numbers: numbers.span,
        numberStart: part, numberStep: parts, sums: &sums, sizes: &sizes)
      var means = Array(centroids[part * size * width..<(part + 1) * size * width])
      for number in 0..<size where sizes[number] > 0 {
        let scale = 1 / Double(sizes[number])
        for column in number * width..<(number + 1) * width {
          means[column] = Float(sums[column] * scale)
        }
      }
      refill(&means, sizes)
      return (means, sizes)
    }
    self.centroids = moved.flatMap(\.0)
    sizes = moved.map(\.1)
  }

  /// Puts empty clusters beside the largest ones, each a tiny step to one side (faiss's step).
  private func refill(_ means: inout [Float], _ sizes: [Int64]) {
    var left = sizes
    for empty in 0..<size where left[empty] == 0 {
      guard let donor = left.indices.max(by: { left[$0] < left[$1] }), left[donor] > 1 else {
        return
      }
      for column in 0..<width {
        let value = means[donor * width + column]
        let step: Float = column.isMultiple(of: 2) ? 1 / 1024 : -1 / 1024
        means[empty * width + column] = value * (1 + step)
        means[donor * width + column] = value * (1 - step)
      }
      left[empty] = left[donor] / 2
      left[donor] -= left[empty]
    }
  }

  /// The vectors that the clusters stand for.
  var decoded: [Float] {
    gatheredParts(of: centroids.span, parts: parts, width: width, numbers: numbers.span)
  }

  /// Σ of the squared distances of the vectors from the means of their clusters: the squares of
  /// the vectors less those of the means.
  func error(_ vectors: borrowing VectorBatch) -> Double {
    var norms = [Float](repeating: 0, count: vectors.count)
    var span = norms.mutableSpan
    kernels.squaredNorms(
      of: vectors.values.rawBytes, dimension: vectors.dimension, into: &span)
    var error = norms.reduce(0) { $0 + Double($1) }
    for part in 0..<parts {
      for number in 0..<size where sizes[part][number] > 0 {
        let start = (part * size + number) * width
        let square = centroids[start..<start + width].reduce(0.0) {
          $0 + Double($1) * Double($1)
        }
        error -= Double(sizes[part][number]) * square
      }
    }
    return max(0, error)
  }
}

/// The natural logarithm; `log` alone would also name other functions.
func logarithm(_ value: Double) -> Double { log(value) }
