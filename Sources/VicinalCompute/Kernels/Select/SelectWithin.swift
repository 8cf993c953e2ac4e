import CVicinalKernels
import VicinalCore

extension KernelSet {
  /// Keeps the values that are not worse than a threshold. NaN is never kept.
  ///
  /// - Parameters:
  ///   - values: `count` values; those that are kept move to the front, in order, and what
  ///     stands behind them is undefined.
  ///   - threshold: Values equal to it are kept.
  ///   - isSimilarity: Whether larger values are better.
  ///   - rows: At least `count` places; receives the position that each kept value had.
  /// - Returns: How many were kept.
  public func keep(
    _ values: inout MutableSpan<Float>, count: Int, within threshold: Float, isSimilarity: Bool,
    rows: inout MutableSpan<Int32>
  ) -> Int {
    precondition(count >= 0 && count <= values.count && count <= rows.count)
    guard count > 0 else { return 0 }
    return unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        unsafe functions.select.within(
          values.baseAddress, count, threshold, isSimilarity ? 1 : 0, rows.baseAddress)
      }
    }
  }
}
