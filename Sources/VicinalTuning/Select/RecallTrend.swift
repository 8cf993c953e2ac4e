import Foundation
import VicinalIndexes

/// How recall changes as vectors are added: its slope on the logit scale, per factor e of vectors.
///
/// **Graphs** lose 0.4 at equal `efSearch`. Between samples of 12,500 to 500,000 vectors the slope
/// was 0.27–0.68 on SIFT, sentence embeddings and generated clusters, for `efSearch` 16–128, and 0.4
/// predicts all of them to a point or two. Smaller samples, of which a walk sees a large share, show
/// anything between 0.4 upwards and 2.5 downwards.
///
/// **Inverted lists**, as many per vector as on the sample, lose the more the larger the share of
/// them that is visited: visiting all of a few finds everything. So the slope between a quarter of
/// the sample and the sample at few lists is what will be seen later at many: the slope at `nprobe`
/// p over the next factor r of vectors is that measured at p / (2√r), which visits the same share
/// half-way.
///
/// **Others** go on as between the quarter and the sample.
///
/// Nothing is predicted to rise. **Codes** that are not compared again with more exact vectors lose at
/// least 0.15 whatever the samples show, since neighbours come closer together than codes can tell
/// apart; 0.07–0.45 was seen of product codes.
struct RecallTrend {
  /// Per factor e of vectors, for a walk with the same `efSearch`.
  static let slopeOfGraphs = -0.4

  /// For codes that are not compared again, at least.
  static let leastSlopeOfCodes = -0.15

  /// For lists of which no quarter was measured.
  static let usualSlopeOfLists = -0.2

  private let core: IndexSpec
  private let isRefined: Bool
  private let ratio: Double
  private let queryCount: Int
  private let steps: [Step]

  /// The same setting on the sample and on a quarter of it.
  private struct Step {
    var text: String
    var settings: KnobSettings
    var recall: [Int: Double]
    var recallOnQuarter: [Int: Double]
  }

  /// - Parameters:
  ///   - spec: What the points were measured of.
  ///   - ratio: All vectors for each of the sample, at least 1.
  ///   - queryCount: Queries that recall was averaged over.
  ///   - points: Measured on the sample.
  ///   - smaller: The same settings measured on a quarter of it, by their text; may be empty.
  init(
    _ spec: IndexSpec, ratio: Double, queryCount: Int, points: [MeasuredPoint],
    smaller: [String: MeasuredPoint]
  ) {
    (core, self.ratio, self.queryCount) = (spec.core, ratio, queryCount)
    isRefined = spec.isRefined
    steps = points.compactMap { point in
      guard let less = smaller[point.parameters],
        let settings = try? KnobSettings(parsing: point.parameters)
      else { return nil }
      return Step(
        text: point.parameters, settings: settings, recall: point.recall,
        recallOnQuarter: less.recall)
    }
  }

  /// Recall@`k` over all vectors at the settings of a point of the sample.
  func predicted(_ point: MeasuredPoint, places k: Int) -> Double {
    let share = point.recall[k] ?? 0
    guard ratio > 1.01 else { return share }
    var slope = slope(point, places: k)
    if core.isCoded, !isRefined { slope = min(slope, Self.leastSlopeOfCodes) }
    guard slope < 0 else { return share }
    return min(share, 1 / (1 + exp(-(logit(share, k) + slope * log(ratio)))))
  }

  private func slope(_ point: MeasuredPoint, places k: Int) -> Double {
    switch core {
    case .hnsw: return Self.slopeOfGraphs
    case .ivf:
      guard let settings = try? KnobSettings(parsing: point.parameters),
        let probes = settings.probes
      else { fallthrough }
      let line = steps.filter { $0.settings.withoutProbes == settings.withoutProbes }
        .compactMap { step in
          step.settings.probes.flatMap { probes in
            slope(step, places: k).map { (log(probes), $0) }
          }
        }
        .sorted { $0.0 < $1.0 }
      return interpolated(line, at: log(probes / (2 * ratio.squareRoot())))
        ?? Self.usualSlopeOfLists
    default:
      let step = steps.first { $0.text == point.parameters }
      return step.flatMap { slope($0, places: k) } ?? 0
    }
  }

  private func slope(_ step: Step, places k: Int) -> Double? {
    guard let share = step.recall[k], let before = step.recallOnQuarter[k] else { return nil }
    return (logit(share, k) - logit(before, k)) / log(4)
  }

  /// One miss more or less is noise; it bounds how near to 0 and 1 the logit may look.
  private func logit(_ share: Double, _ k: Int) -> Double {
    let least = 1 / Double(2 * max(1, queryCount * k))
    let inside = min(1 - least, max(least, share))
    return log(inside / (1 - inside))
  }

  /// What lies on a line through points in ascending order; beyond its ends, as at the ends.
  private func interpolated(_ line: [(x: Double, y: Double)], at x: Double) -> Double? {
    guard let first = line.first, let last = line.last else { return nil }
    if x <= first.x { return first.y }
    guard let next = line.firstIndex(where: { $0.x >= x }) else { return last.y }
    let (a, b) = (line[next - 1], line[next])
    return a.y + (b.y - a.y) * (x - a.x) / max(1e-9, b.x - a.x)
  }
}

extension IndexSpec {
  /// Whether the innermost index keeps codes of a few bits per number.
  fileprivate var isCoded: Bool {
    switch self {
    case .codes(let codec), .hnsw(_, let codec?), .ivf(_, _, let codec?):
      if case .scalar = codec { return false }
      return true
    default: return false
    }
  }

  /// Whether candidates are compared again, behind id maps and transforms.
  fileprivate var isRefined: Bool {
    switch self {
    case .refined: true
    case .idMap(let inner, _), .transformed(_, let inner): inner.isRefined
    default: false
    }
  }
}

extension KnobSettings {
  /// Lists visited, if that is set.
  fileprivate var probes: Double? { entries.first { $0.name == "nprobe" }?.value }

  fileprivate var withoutProbes: String {
    entries.filter { $0.name != "nprobe" }.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  }
}
