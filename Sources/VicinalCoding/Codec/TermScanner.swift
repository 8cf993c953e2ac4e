public import VicinalCompute
public import VicinalCore

/// A codec of residuals whose codes each contribute a constant to the distance to any query.
///
/// With y = c + r, c the centroid of a list and r the decoded residual,
/// ‖q − y‖² = ‖q − c‖² + (‖r‖² + 2⟨c, r⟩) − 2⟨q, r⟩. The middle term depends on the code and its
/// list alone. Inverted lists that keep it, one float per code, need tables per query, not per
/// query and list, which is what searching short lists of such codes mostly costs otherwise.
public protocol TermCodec: VectorCodec {
  /// Whether inverted lists keep a term per code, as they are now.
  ///
  /// - Parameters:
  ///   - count: Codes in all lists.
  ///   - listCount: Lists.
  ///   - centroidCount: Centroids that lists are named by: fewer for a multi-index.
  func keepsTerms(count: Int, listCount: Int, centroidCount: Int) -> Bool

  /// Computes terms, or says that it cannot for this metric.
  ///
  /// - Throws: ``IndexError/Code/notTrained``.
  func makeTermMaker(metric: Metric, kernels: KernelSet) throws(IndexError) -> (any TermMaker)?
}

/// Computes the terms of codes. One is made per worker: it owns the scratch memory.
public protocol TermMaker: AnyObject {
  /// ‖r‖² + 2⟨c, r⟩ of each code.
  ///
  /// - Parameters:
  ///   - codes: `count` codes of one list, in the layout of the codec.
  ///   - centroid: The centroid of the list.
  ///   - terms: Receives `count` floats.
  func fill(
    _ terms: inout MutableSpan<Float>, for codes: RawSpan, count: Int,
    around centroid: Span<Float>)
}

/// A scanner that can compare queries with residuals by means of their terms.
public protocol TermScanner: SelectingScanner {
  /// Whether ``enter(centroid:distance:)`` looks at the centroid even if it is told the distance.
  var needsCentroids: Bool { get }

  /// Prepares for a list whose codes come with terms.
  ///
  /// - Parameters:
  ///   - centroid: The centroid of the list; anything unless ``needsCentroids`` or `distance` is
  ///     NaN.
  ///   - distance: The squared distance of query and centroid; NaN if that is not known.
  func enter(centroid: Span<Float>, distance: Float)

  /// As ``SelectingScanner/select(_:count:within:rows:values:)`` for codes with terms.
  func select(
    _ codes: RawSpan, terms: Span<Float>, count: Int, within threshold: Float,
    rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int
}
