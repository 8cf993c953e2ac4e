import VicinalCompute
import VicinalCore

/// Compares decoded codes with decoded codes: symmetric distance computation.
///
/// The sum over a table of distances between centroids, which is how it is usually written, is the
/// same as the asymmetric one for the decoded code. Tables for that are made in about a
/// microsecond, so that no table of all pairs (subspaces · 4^bits floats) is kept.
///
/// faiss: `search_sdc`, `symmetric_dis` of `IndexPQ`.
public final class PQSymmetricScanner: CodeScanner {
  private let inner: PQScanner
  private var query: [Float]

  init(_ inner: PQScanner) {
    self.inner = inner
    query = [Float](repeating: 0, count: inner.quantizer.dimension)
  }

  /// Codes and decodes the query.
  public func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    let code = inner.quantizer.code(of: query, kernels: inner.kernels)
    begin(code: code.span.rawBytes)
  }

  /// Compares the vector of a stored code with others, in place of a query.
  ///
  /// - Parameter code: One code, `codeSize` bytes.
  public func begin(code: RawSpan) {
    let vector = inner.quantizer.vector(of: code)
    inner.begin(query: vector.span)
  }

  /// Codes relative to a centroid are compared with the code of query − centroid.
  public func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    guard inner.isL2 else {
      let known =
        distance.isNaN
        ? inner.kernels.distance(query.span, centroid, metric: .innerProduct) : distance
      return inner.enter(cell: cell, centroid: centroid, distance: known)
    }
    let code = inner.quantizer.code(of: query.span, around: centroid, kernels: inner.kernels)
    begin(code: code.span.rawBytes)
  }

  /// Compares with consecutive codes.
  public func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    inner.scan(codes, count: count, into: &values)
  }

  /// Compares with chosen codes.
  public func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    inner.scan(codes, rows: rows, into: &values)
  }
}
