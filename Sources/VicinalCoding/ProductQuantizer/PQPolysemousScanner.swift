import VicinalCompute
import VicinalCore

/// Asymmetric comparison of the codes that are near the query's code as bit strings; all others
/// get the worst value. After polysemous training that spares most of the table look-ups
/// (Douze, Jégou, Perronnin, "Polysemous codes", ECCV 2016).
///
/// faiss: `ST_polysemous` of `IndexPQ`, `polysemous_ht` of `IndexIVFPQ`.
final class PQPolysemousScanner: TermScanner {
  let needsCentroids = true
  private let inner: PQScanner
  private let unit: CodeDifference
  private let limit: Int
  private let worst: Float
  private var query: [Float]
  private var code: [UInt8] = []
  /// Numbers of the codes that passed.
  private var near: [Int32] = []
  private var differences: [Float] = []

  init(_ inner: PQScanner, unit: CodeDifference, limit: Int) {
    self.inner = inner
    self.unit = unit
    self.limit = limit
    worst = inner.isL2 ? .infinity : -.infinity
    query = [Float](repeating: 0, count: inner.quantizer.dimension)
  }

  func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    inner.begin(query: query)
    code = inner.quantizer.code(of: query, kernels: inner.kernels)
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    inner.enter(cell: cell, centroid: centroid, distance: distance)
    code = inner.quantizer.code(of: query.span, around: centroid, kernels: inner.kernels)
  }

  func enter(centroid: Span<Float>, distance: Float) {
    inner.enter(centroid: centroid, distance: distance)
    code = inner.quantizer.code(of: query.span, around: centroid, kernels: inner.kernels)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    let found = scanNear(codes, count: count, into: &values)
    // From the last on, since the values of the codes that passed stand in front.
    var next = found - 1
    for index in (0..<count).reversed() {
      if next >= 0, Int(near[next]) == index {
        values[index] = values[next]
        next -= 1
      } else {
        values[index] = worst
      }
    }
  }

  /// The numbers of the codes that pass, in `near`, and their values.
  private func scanNear(
    _ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>
  ) -> Int {
    if near.count < count { near = [Int32](repeating: 0, count: count) }
    let code = code
    var rows = near.mutableSpan
    let found = inner.kernels.findNearCodes(
      to: code.span.rawBytes, in: codes, count: count, below: limit, unit: unit, rows: &rows)
    let passed = near
    inner.scan(codes, rows: passed.span.extracting(0..<found), into: &values)
    return found
  }

  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int {
    select(
      codes, terms: .init(), count: count, within: threshold, rows: &rows, values: &values)
  }

  func select(
    _ codes: RawSpan, terms: Span<Float>, count: Int, within threshold: Float,
    rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int {
    let found = scanNear(codes, count: count, into: &values)
    if !terms.isEmpty {
      let passed = near
      inner.kernels.add(terms, rows: passed.span.extracting(0..<found), to: &values)
    }
    let kept = inner.kernels.keep(
      &values, count: found, within: threshold, isSimilarity: !inner.isL2, rows: &rows)
    for index in 0..<kept { rows[index] = near[Int(rows[index])] }
    return kept
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    if differences.count < rows.count {
      differences = [Float](repeating: 0, count: rows.count)
    }
    let code = code
    var target = differences.mutableSpan
    inner.kernels.countDifferences(
      from: code.span.rawBytes, to: codes, rows: rows, in: unit, into: &target)
    inner.scan(codes, rows: rows, into: &values)
    for index in rows.indices where !(differences[index] < Float(limit)) { values[index] = worst }
  }
}
