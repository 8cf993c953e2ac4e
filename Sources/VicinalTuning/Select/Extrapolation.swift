import Foundation
import VicinalCore
package import VicinalIndexes

/// Predicts recall and speed over all vectors from two samples, one a quarter of the other.
///
/// **Cells** are fewer on a sample in proportion, so that each holds as many vectors as it will
/// later.
/// A query compares as many codes as on the sample, and with more cells, at the price per float row
/// that exhaustive search was measured to have; a graph over the cells walks a number that grows
/// with their logarithm.
///
/// **Graphs** visit nodes in proportion to the logarithm of n (Malkov and Yashunin 2018) at the same
/// `efSearch`; where the two samples grow faster, for want of cache, that growth is taken.
///
/// **Exhaustive** search takes time in proportion to n.
///
/// **Recall** at equal settings: see ``RecallTrend``.
///
/// **Build time** follows the power of n that the two samples show, within the bounds of the family.
package struct Extrapolation: Sendable {
  /// Vectors of the sample.
  package var sampleCount: Int
  /// All vectors.
  package var count: Int
  /// Time of comparing a query with one float vector, in milliseconds, one after the other.
  package var rowMilliseconds: Double
  /// Queries that recall was averaged over.
  package var queryCount: Int
  /// Recall at these many places counts.
  package var k: Int

  /// A sample and what it was measured with.
  package init(
    sampleCount: Int, count: Int, rowMilliseconds: Double, queryCount: Int, k: Int = 10
  ) {
    (self.sampleCount, self.count, self.rowMilliseconds) = (sampleCount, count, rowMilliseconds)
    (self.queryCount, self.k) = (queryCount, k)
  }

  /// How many times more vectors there are.
  var ratio: Double { max(1, Double(count) / Double(max(1, sampleCount))) }

  /// The same index with cells in proportion to a sample.
  ///
  /// - Parameters:
  ///   - spec: For all vectors.
  ///   - sample: Vectors of the sample.
  package static func scaled(_ spec: IndexSpec, from count: Int, to sample: Int) -> IndexSpec {
    func inner(_ spec: IndexSpec) -> IndexSpec { scaled(spec, from: count, to: sample) }
    switch spec {
    case .ivf(let lists, let coarse, let codec):
      let share = Double(sample) / Double(max(1, count))
      let cells = max(1, min(lists, Int((Double(lists) * share).rounded())))
      var finder = coarse
      // A graph over a handful of cells only adds noise.
      if case .hnsw = coarse, cells < 256 { finder = .flat }
      return .ivf(listCount: cells, coarse: finder, codec: codec?.withoutPolysemousTraining)
    case .idMap(let inside, let isReversible):
      return .idMap(inner(inside), isReversible: isReversible)
    case .transformed(let transforms, let inside): return .transformed(transforms, inner(inside))
    case .refined(let base, let refiner): return .refined(inner(base), by: refiner)
    case .panorama(let inside, let panorama): return .panorama(inner(inside), panorama)
    case .deduplicated(let inside): return .deduplicated(inner(inside))
    case .codes(let codec): return .codes(codec.withoutPolysemousTraining)
    case .hnsw(let links, let codec):
      return .hnsw(links: links, codec: codec?.withoutPolysemousTraining)
    case .flat, .residualCells: return spec
    }
  }

  /// The settings of a candidate over all vectors.
  ///
  /// - Parameters:
  ///   - points: Measured on the sample.
  ///   - smaller: The same settings measured on a quarter of it, by their text; may be empty.
  package func predicted(
    _ spec: IndexSpec, points: [MeasuredPoint], smaller: [String: MeasuredPoint]
  ) -> [MeasuredPoint] {
    let trend = RecallTrend(
      spec, ratio: ratio, queryCount: queryCount, points: points, smaller: smaller)
    return points.map { point in
      var result = point
      let less = smaller[point.parameters]
      let milliseconds = time(spec, point, less)
      let factor = milliseconds / max(1e-9, point.meanMilliseconds)
      result.meanMilliseconds = milliseconds
      result.p50Milliseconds *= factor
      result.p95Milliseconds *= factor
      result.p99Milliseconds *= factor
      for k in point.recall.keys { result.recall[k] = trend.predicted(point, places: k) }
      result.recallInterval =
        result.recall[10].map {
          MeasuredPoint.wilsonInterval(share: $0, count: 10 * queryCount)
        } ?? []
      return result
    }
  }

  /// Mean time of a query over all vectors.
  package func time(_ spec: IndexSpec, _ point: MeasuredPoint, _ smaller: MeasuredPoint?) -> Double
  {
    var now = point.meanMilliseconds
    guard ratio > 1.01 else { return now }
    switch spec.core {
    case .ivf(let lists, let coarse, _):
      let cells = Double(lists)
      // Where there are too few cells to take a share of them, lists grow.
      now *= max(1, ratio * max(1, (cells / ratio).rounded()) / cells)
      let before = cells / ratio
      if case .hnsw(let links) = coarse {
        let width = Double(max(16, 2 * (point.probes ?? 1)))
        let walked = width * Double(links) * 0.5 * log2(max(2, cells)) / log2(65_536)
        // Cells of the sample were found by exact search if they were few.
        let paid = before < 256 ? before * rowMilliseconds : 0
        let added = before < 256 ? walked * rowMilliseconds * 3 : now * 0.1
        return max(now * 0.9, now - paid + added)
      }
      return now + (cells - before) * rowMilliseconds
    case .hnsw:
      let n = log(Double(max(2, sampleCount)))
      var slope = now / n
      if let smaller { slope = max(slope, (now - smaller.meanMilliseconds) / log(4)) }
      return now + slope * log(ratio)
    default: return now * ratio
    }
  }

  /// Time of building from all vectors.
  package func buildSeconds(_ spec: IndexSpec, sample: Double, smaller: Double?) -> Double {
    guard ratio > 1.01 else { return sample }
    let bounds: ClosedRange<Double> =
      switch spec.core {
      // Every vector is compared with every cell, and both grow; a graph over cells saves that.
      case .ivf(_, .hnsw, _): 1...1.5
      case .ivf: 1...2
      case .hnsw: 1...1.3
      default: 0.5...1.1
      }
    var power = (bounds.lowerBound + bounds.upperBound) / 2
    if let smaller, smaller > 0.01, sample > 0.01 { power = log(sample / smaller) / log(4) }
    return sample * pow(ratio, min(bounds.upperBound, max(bounds.lowerBound, power)))
  }
}

extension MeasuredPoint {
  /// The number of lists visited, if that is a parameter.
  var probes: Int? {
    guard let settings = try? KnobSettings(parsing: parameters),
      let entry = settings.entries.first(where: { $0.name == "nprobe" })
    else { return nil }
    return Int(exactly: entry.value)
  }
}

extension Double {
  /// The natural logarithm.
  var logarithm: Double { log(self) }
}
