import VicinalCompute
import VicinalCore

/// Compares under L2 or inner product.
final class ScalarScanner: BatchCodeScanner, TermScanner {
  private var state: ScalarScan

  init(_ state: ScalarScan) { self.state = state }

  func begin(query: Span<Float>) {
    state.begin(queries: query, count: 1)
    state.choose(query: 0)
  }

  func begin(queries: Span<Float>, count: Int) { state.begin(queries: queries, count: count) }

  func choose(query: Int) { state.choose(query: query) }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    state.enter(centroid: centroid, distance: distance)
  }

  /// The distance that is given is not looked at: values do not depend on where it comes from.
  var needsCentroids: Bool { true }

  func enter(centroid: Span<Float>, distance: Float) {
    state.enter(centroid: centroid, distance: distance)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    state.scan(codes, count: count, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    state.scan(codes, rows: rows, into: &values)
  }

  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int {
    state.select(
      codes, terms: Span(), count: count, within: threshold, rows: &rows, values: &values)
  }

  func select(
    _ codes: RawSpan, terms: Span<Float>, count: Int, within threshold: Float,
    rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int {
    state.select(
      codes, terms: terms, count: count, within: threshold, rows: &rows, values: &values)
  }
}
