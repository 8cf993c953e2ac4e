import VicinalCompute
import VicinalCore

/// The codebooks whose sums come nearest to vectors whose entries are known: a least-squares fit
/// with a small weight on the entries, without which it would not be unique.
///
/// faiss: `LocalSearchQuantizer::update_codebooks`, `ResidualQuantizer::retrain_AQ_codebook`.
enum CodebookFit {
  /// - Parameters:
  ///   - points: Row-major vectors.
  ///   - entries: One entry per codebook and vector, in the order of all entries.
  ///   - sizes: Entries of each codebook.
  ///   - weight: Of the squared entries, above 0.
  /// - Returns: All entries, row-major.
  /// - Complexity: O(vectors · codebooks · (codebooks + dimension) + entries³).
  static func codebooks(
    _ points: borrowing VectorBatch, entries: [Int32], sizes: [Int], weight: Double,
    execution: Execution
  ) throws(IndexError) -> [Float] {
    let (count, terms, dimension) = (points.count, sizes.count, points.dimension)
    let total = sizes.reduce(0, +)
    _ = try checkedProduct(total, max(total, dimension), 8, of: "the equations of codebooks")
    var starts: [Int] = []
    var next = 0
    for size in sizes {
      starts.append(next)
      next += size
    }
    // A block of rows for each codebook: how often its entries stand beside all entries, and the
    // sums of the vectors that they stand for.
    let blocks = try parallelMap(terms, workers: execution.workerCount) {
      number throws(IndexError) in
      try execution.checkCancellation()
      var pairs = [Double](repeating: 0, count: sizes[number] * total)
      var sums = [Double](repeating: 0, count: sizes[number] * dimension)
      var counts = [Int64](repeating: 0, count: sizes[number])
      var numbers = [Int32](repeating: 0, count: count)
      for row in 0..<count {
        let own = Int(entries[row * terms + number]) - starts[number]
        numbers[row] = Int32(own)
        for other in 0..<terms {
          pairs[own * total + Int(entries[row * terms + other])] += 1
        }
      }
      addClusterSums(
        points, part: 0..<dimension, numbers: numbers.span, numberStart: 0, numberStep: 1,
        sums: &sums, sizes: &counts)
      return (pairs, sums)
    }
    var left = try Matrix<Double>(blocks.flatMap(\.0), rows: total, columns: total)
    for entry in 0..<total { left[entry, entry] += max(weight, 1e-6) }
    let right = try Matrix<Double>(blocks.flatMap(\.1), rows: total, columns: dimension)
    try execution.checkCancellation()
    return try left.solvedPositive(right).floats
  }
}
