public import VicinalCompute
public import VicinalCore

/// A scanner that reports only the codes that may be among the best.
///
/// What containers use for top-k and range search: they keep a threshold, and most codes never
/// become a value in memory. Every scanner can be used this way: ``selecting(_:metric:kernels:)``
/// adds a plain implementation to those that have none.
public protocol SelectingScanner: CodeScanner {
  /// Compares with consecutive codes and reports those whose value is not worse than a threshold.
  ///
  /// - Parameters:
  ///   - codes: As the codec's layout keeps them, from the first code of a block on.
  ///   - count: Codes.
  ///   - threshold: Values equal to it pass: ties are settled by label. ∞ (−∞ for similarities)
  ///     lets everything but NaN pass.
  ///   - rows: At least `count` places; receives the numbers of the codes that passed, ascending.
  ///   - values: At least `count` places; receives their values, those of
  ///     ``CodeScanner/scan(_:count:into:)``. What stands behind the last is undefined.
  /// - Returns: How many codes passed.
  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int
}

/// A scanner as a selecting one: the scanner itself if it is, otherwise one that scans and then
/// drops what the threshold does not let through.
///
/// - Parameters:
///   - scanner: Made by ``VectorCodec/makeScanner(metric:options:kernels:)``.
///   - metric: The metric it was made for.
public func selecting(
  _ scanner: any CodeScanner, metric: Metric, kernels: KernelSet
) -> any SelectingScanner {
  if let selecting = scanner as? any SelectingScanner { return selecting }
  return ScanThenSelect(scanner, isSimilarity: metric.isSimilarity, kernels: kernels)
}

/// Scans everything, then selects.
private final class ScanThenSelect: SelectingScanner {
  private let scanner: any CodeScanner
  private let isSimilarity: Bool
  private let kernels: KernelSet

  init(_ scanner: any CodeScanner, isSimilarity: Bool, kernels: KernelSet) {
    self.scanner = scanner
    self.isSimilarity = isSimilarity
    self.kernels = kernels
  }

  func begin(query: Span<Float>) { scanner.begin(query: query) }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    scanner.enter(cell: cell, centroid: centroid, distance: distance)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    scanner.scan(codes, count: count, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    scanner.scan(codes, rows: rows, into: &values)
  }

  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int {
    scanner.scan(codes, count: count, into: &values)
    return kernels.keep(
      &values, count: count, within: threshold, isSimilarity: isSimilarity, rows: &rows)
  }
}

/// Drops the values beyond a threshold, and NaN, from the first `found`. Returns how many are left.
func keepWithin(
  _ threshold: Float, isSimilarity: Bool, found: Int, rows: inout MutableSpan<Int32>,
  values: inout MutableSpan<Float>
) -> Int {
  var left = 0
  for index in 0..<found {
    let value = values[index]
    guard isSimilarity ? value >= threshold : value <= threshold else { continue }
    values[left] = value
    rows[left] = rows[index]
    left += 1
  }
  return left
}
