import VicinalCompute
public import VicinalCore

extension ScalarQuantizer {
  /// Finds ranges or levels. Kinds that need no training accept any sample and stay as they are.
  ///
  /// - Parameters:
  ///   - sample: Finite vectors of the quantizer's dimension.
  ///   - execution: Threads and cancellation; the result does not depend on the threads.
  /// - Throws: ``IndexError/Code/insufficientData`` without vectors,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(vectors · dimension), times a logarithm for quantiles and rounds of fitting
  ///   for the optimal range.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "vectors to train on")
    switch kind.form {
    case .fixed: return
    case .levels:
      setTrained(NormalLevels.trained(bits: kind.bits, scale: levelScale))
    case .ranges, .range:
      guard sample.count > 0 else {
        throw IndexError(
          .insufficientData, "a scalar quantizer needs at least one vector to train on")
      }
      try sample.requireFinite(of: "vectors to train on")
      setTrained(
        kind.form == .ranges
          ? try ranges(sample, execution) : try commonRange(sample, execution))
    }
  }

  /// What levels of a normal distribution of variance 1 are multiplied by.
  private var levelScale: Double {
    kind.rawValue <= Kind.unitLevels8.rawValue ? 1 / Double(dimension).squareRoot() : 1
  }

  /// A range per coordinate.
  private func ranges(
    _ sample: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    if rangeStatistic == .minMax {
      let found = try columnExtremes(sample, execution)
      var trained = [Float](repeating: 0, count: 2 * dimension)
      for column in 0..<dimension {
        let (low, high) = RangeStatistic.widened(
          (found[column], found[dimension + column]), by: rangeArgument)
        trained[column] = low
        trained[dimension + column] = high - low
      }
      return trained
    }
    let found = try parallelMap(dimension, workers: execution.workerCount) {
      column throws(IndexError) in
      try execution.checkCancellation()
      var values = [Float](repeating: 0, count: sample.count)
      for row in values.indices { values[row] = sample.values[row * sample.dimension + column] }
      return rangeStatistic.range(of: &values, argument: rangeArgument, steps: 1 << kind.bits)
    }
    return found.map(\.low) + found.map(\.width)
  }

  /// One range for all coordinates.
  private func commonRange(
    _ sample: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    if rangeStatistic == .minMax {
      let found = try columnExtremes(sample, execution)
      let low = extremes(Array(found[..<dimension])).low
      let high = extremes(Array(found[dimension...])).high
      let ends = RangeStatistic.widened((low, high), by: rangeArgument)
      return [ends.0, ends.1 - ends.0]
    }
    try execution.checkCancellation()
    var values = [Float](repeating: 0, count: sample.values.count)
    for index in values.indices { values[index] = sample.values[index] }
    let found = rangeStatistic.range(
      of: &values, argument: rangeArgument, steps: 1 << kind.bits)
    return [found.low, found.width]
  }

  /// The smallest value of each coordinate, then the largest of each.
  private func columnExtremes(
    _ sample: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    let pieces = evenRanges(sample.count, parts: (sample.count + 4095) / 4096)
    let parts = try parallelMap(pieces.count, workers: execution.workerCount) {
      index throws(IndexError) in
      try execution.checkCancellation()
      var low = [Float](repeating: .infinity, count: dimension)
      var high = [Float](repeating: -.infinity, count: dimension)
      for row in pieces[index] {
        let values = sample.row(row)
        for column in low.indices {
          low[column] = min(low[column], values[column])
          high[column] = max(high[column], values[column])
        }
      }
      return (low, high)
    }
    var found =
      [Float](repeating: .infinity, count: dimension)
      + [Float](repeating: -.infinity, count: dimension)
    for (low, high) in parts {
      for column in 0..<dimension {
        found[column] = min(found[column], low[column])
        found[dimension + column] = max(found[dimension + column], high[column])
      }
    }
    return found
  }
}
