import VicinalCompute
import VicinalCore

extension RefinedIndex {
  /// Ranks by the first index; the second tells what the values would be.
  ///
  /// For each query the second index compares `samples` of the results, spread evenly from the best to
  /// the last, and the straight line that fits what it says best takes the values of the first index
  /// to its scale. The order stays as the first index has it, and all values are on the line, those of
  /// the compared results too: an exact value among fitted ones would break the order. A query with no
  /// more results than `samples` has them all compared, and ranked anew by their exact values.
  ///
  /// - Parameter samples: 0 for the values of the first index, as they are.
  func searchCalibrated(
    _ queries: borrowing VectorBatch, k: Int, samples: Int, _ inner: SearchOptions
  ) throws(IndexError) -> Neighbors {
    let found = try base.search(queries, k: k, options: inner)
    guard samples > 0, let comparison = refiner.numberedComparison else { return found }
    let parts = evenRanges(queries.count, parts: inner.execution.workerCount * 4)
    let results = try parallelMap(parts.count, workers: inner.execution.workerCount) {
      part throws(IndexError) in
      try inner.execution.checkCancellation()
      let compare = try comparison.comparer(execution: inner.execution)
      var all: [(id: Int64, distance: Float)] = []
      for query in parts[part] {
        let row = try calibrated(queries.row(query), found.row(query), samples, compare)
        all += row
        for _ in row.count..<k { all.append((-1, metric.worst)) }
      }
      return all
    }
    let all = results.flatMap(\.self)
    return Neighbors(k: k, distances: all.map(\.distance), ids: all.map(\.id))
  }

  /// A query's results with values in the scale of the second index.
  private func calibrated(
    _ query: Span<Float>, _ found: [(id: Int64, distance: Float)], _ samples: Int,
    _ compare: NumberedComparer
  ) throws(IndexError) -> [(id: Int64, distance: Float)] {
    guard !found.isEmpty else { return [] }
    let taken = min(samples, found.count)
    let chosen = (0..<taken).map { taken == 1 ? 0 : $0 * (found.count - 1) / (taken - 1) }
      .sorted { found[$0].id < found[$1].id }
    var ids: [Int64] = []
    let wanted = chosen.map { found[$0].id }
    try numbers(wanted.span, isSorted: false, &ids)
    var exact = [Float](repeating: 0, count: ids.count)
    var span = exact.mutableSpan
    compare(query, ids.span, &span)
    if taken == found.count {
      let ranked = chosen.enumerated().map { (id: found[$1].id, distance: exact[$0]) }
      return ranked.sorted {
        $0.distance == $1.distance ? $0.id < $1.id : metric.isBetter($0.distance, than: $1.distance)
      }
    }
    let line = FittedLine(zip(chosen, exact).map { (Double(found[$0].distance), Double($1)) })
    return found.map { ($0.id, Float(line.value(at: Double($0.distance)))) }
  }
}

/// The straight line that comes nearest to some points, in the sense of least squares; it always
/// ascends, so that it keeps an order.
struct FittedLine {
  private let slope: Double
  private let meanX: Double
  private let meanY: Double

  /// Where points do not ascend, or are all at one place, the slope is 1: only the offset is fitted.
  init(_ points: [(x: Double, y: Double)]) {
    let count = Double(max(1, points.count))
    let meanX = points.reduce(0) { $0 + $1.x } / count
    let meanY = points.reduce(0) { $0 + $1.y } / count
    var (xx, xy) = (0.0, 0.0)
    for point in points {
      xx += (point.x - meanX) * (point.x - meanX)
      xy += (point.x - meanX) * (point.y - meanY)
    }
    let fitted = xy / xx
    slope = fitted.isFinite && fitted > 0 ? fitted : 1
    (self.meanX, self.meanY) = (meanX, meanY)
  }

  func value(at x: Double) -> Double { meanY + slope * (x - meanX) }
}
