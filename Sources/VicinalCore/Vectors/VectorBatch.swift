/// Borrowed row-major vectors: `count` rows of `dimension` floats.
///
/// A batch never owns memory and, being `~Escapable`, cannot outlive its source: the compiler
/// proves that nobody keeps a pointer into a NumPy array or a mapped file.
///
/// ```swift
/// let values: [Float] = [0, 0, 1, 1, 2, 2]
/// let batch = try VectorBatch(values.span, dimension: 2)  // 3 rows
/// ```
public struct VectorBatch: ~Escapable, Sendable {
  /// All rows, one after the other.
  public let values: Span<Float>

  /// Floats in a row, at least 1.
  public let dimension: Int

  /// Rows.
  public let count: Int

  /// Views `values` as rows of `dimension` floats.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if `dimension` is below 1,
  ///   ``IndexError/Code/dimensionMismatch`` if `values` is not a whole number of rows.
  @_lifetime(copy values)
  public init(_ values: Span<Float>, dimension: Int) throws(IndexError) {
    guard dimension > 0 else {
      throw IndexError(.invalidArgument, "a dimension must be at least 1, got \(dimension)")
    }
    guard values.count.isMultiple(of: dimension) else {
      throw IndexError(
        .dimensionMismatch, "\(values.count) floats are not a whole number of rows of \(dimension)")
    }
    self.values = values
    self.dimension = dimension
    self.count = values.count / dimension
  }

  /// Row `index`, 0 ..< `count`.
  @_lifetime(copy self)
  public func row(_ index: Int) -> Span<Float> {
    values.extracting(index * dimension..<(index + 1) * dimension)
  }

  /// The rows in `range` as a batch of their own, without a copy.
  @_lifetime(copy self)
  public func rows(_ range: Range<Int>) -> VectorBatch {
    VectorBatch(
      trusted: values.extracting(range.lowerBound * dimension..<range.upperBound * dimension),
      dimension: dimension, count: range.count)
  }

  @_lifetime(copy values)
  private init(trusted values: Span<Float>, dimension: Int, count: Int) {
    self.values = values
    self.dimension = dimension
    self.count = count
  }
}
