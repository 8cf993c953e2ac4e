import VicinalCompute
import VicinalCore

/// The vectors that a transform is trained on: all of a sample, or some drawn at random.
///
/// faiss: `fvecs_maybe_subsample`.
struct TrainingRows: ~Escapable {
  /// The sample.
  let sample: VectorBatch

  /// Which of its rows.
  let rows: [Int32]

  /// Draws rows if there are too many.
  @_lifetime(copy sample)
  init(_ sample: borrowing VectorBatch, atMost limit: Int, seed: UInt64) throws(IndexError) {
    guard sample.count <= Int(Int32.max) else {
      throw IndexError(
        .invalidArgument, "a sample has at most \(Int32.max) vectors, got \(sample.count)")
    }
    var generator = SplitMix64(seed: seed)
    rows = sampleWithoutReplacement(limit, of: sample.count, using: &generator).map(Int32.init)
    self.sample = sample.rows(0..<sample.count)
  }

  /// How many.
  var count: Int { rows.count }

  /// Floats per vector.
  var dimension: Int { sample.dimension }

  /// Rows that are worked on together.
  private static let blockRows = 8192

  /// Their mean. Sums are taken block by block, in the same order for any number of threads.
  func mean(_ execution: Execution) throws(IndexError) -> [Float] {
    let starts = Array(stride(from: 0, to: rows.count, by: Self.blockRows))
    let sums = try parallelMap(starts.count, workers: execution.workerCount) {
      block throws(IndexError) in
      try execution.checkCancellation()
      var sum = [Double](repeating: 0, count: dimension)
      let last = min(starts[block] + Self.blockRows, rows.count)
      accumulate(sample, ids: rows[starts[block]..<last], weights: nil, into: &sum)
      return sum
    }
    var total = [Double](repeating: 0, count: dimension)
    for sum in sums {
      for column in 0..<dimension { total[column] += sum[column] }
    }
    return total.map { Float($0 / Double(max(1, rows.count))) }
  }

  /// Copies of some of them minus a mean.
  func centred(
    _ chosen: some Collection<Int>, mean: [Float], kernels: KernelSet
  ) -> [Float] {
    var result = [Float](repeating: 0, count: chosen.count * dimension)
    centre(chosen, mean: mean, kernels: kernels, into: &result)
    return result
  }

  /// Writes some of them minus a mean to the front of an array that has room.
  private func centre(
    _ chosen: some Collection<Int>, mean: [Float], kernels: KernelSet, into result: inout [Float]
  ) {
    var span = result.mutableSpan
    for (place, number) in chosen.enumerated() {
      kernels.combine(
        sample.row(Int(rows[number])), mean.span, factor: -1, into: &span, at: place * dimension)
    }
  }

  /// Σ (x − mean)(x − mean)ᵀ.
  func scatter(
    around mean: [Float], kernels: KernelSet, execution: Execution
  ) throws(IndexError) -> Matrix<Double> {
    var products = try CrossProducts(symmetric: dimension)
    // One array for all, small enough for the caches: fresh memory would cost as much as the sums.
    let step = 2048
    var block = [Float](repeating: 0, count: min(step, rows.count) * dimension)
    for first in stride(from: 0, to: rows.count, by: step) {
      let last = min(first + step, rows.count)
      centre(first..<last, mean: mean, kernels: kernels, into: &block)
      let batch = try VectorBatch(
        block.span.extracting(0..<(last - first) * dimension), dimension: dimension)
      try products.add(batch, batch, kernels: kernels, execution: execution)
    }
    return products.sums
  }
}
