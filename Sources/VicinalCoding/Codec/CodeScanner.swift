/// Compares one query at a time with codes, block by block: one dynamic call for many codes.
///
/// The order of calls is `begin`, then for inverted lists of residuals `enter` for each list, then
/// any number of `scan`s. A scanner keeps scratch memory between calls and belongs to one thread.
///
/// faiss: `DistanceComputer`, `InvertedListScanner`.
public protocol CodeScanner: AnyObject {
  /// Prepares for a query of `dimension` floats.
  func begin(query: Span<Float>)

  /// Says that the codes to come are relative to this centroid.
  ///
  /// - Parameters:
  ///   - cell: Number of the inverted list, from which a codec may find tables it has prepared.
  ///   - centroid: `dimension` floats.
  ///   - distance: The value between query and centroid in the metric's scale; NaN if the caller
  ///     does not know it.
  func enter(cell: Int, centroid: Span<Float>, distance: Float)

  /// Compares with consecutive codes.
  ///
  /// - Parameters:
  ///   - codes: As the codec's layout keeps them, from the first code of a block on.
  ///   - count: Codes.
  ///   - values: At least `count` places; receives one value per code in the metric's scale.
  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>)

  /// Compares with chosen codes.
  ///
  /// - Parameters:
  ///   - codes: All codes, as the codec's layout keeps them.
  ///   - rows: Numbers of codes.
  ///   - values: At least as many places as rows.
  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>)
}
