import VicinalCore
import VicinalIndexes

/// How one of several measured points is picked.
///
/// Among those that reach the recall within the time, the fastest. If there is none, the best
/// recall within the time, except that a gain of less than 0.002 is not worth more time: the
/// fastest of those that are that close to the best. If none is fast enough, the fastest.
struct SettingRule: Sendable {
  /// Recall below which speed does not count, 0…1.
  var targetRecall: Double
  /// A query may take so long.
  var milliseconds: Double
  /// Recall at this many places counts.
  var k = 10
  /// Gains in recall below this are none.
  static let leastGain = 0.002

  /// Why a point was picked.
  enum Ground: Sendable, Equatable { case reachesTarget, bestWithinTime, tooSlow }

  /// The place of the pick.
  ///
  /// - Returns: `nil` for no points.
  func pick(_ points: [MeasuredPoint]) -> (place: Int, ground: Ground)? {
    func fastest(_ places: [Int]) -> Int? {
      places.min { points[$0].meanMilliseconds < points[$1].meanMilliseconds }
    }
    let fitting = points.indices.filter { points[$0].meanMilliseconds <= milliseconds }
    let reaching = fitting.filter { recall(points[$0]) >= targetRecall }
    if let place = fastest(reaching) { return (place, .reachesTarget) }
    if let most = fitting.map({ recall(points[$0]) }).max(),
      let place = fastest(fitting.filter { recall(points[$0]) > most - Self.leastGain })
    {
      return (place, .bestWithinTime)
    }
    return fastest(Array(points.indices)).map { ($0, .tooSlow) }
  }

  private func recall(_ point: MeasuredPoint) -> Double { point.recall[k] ?? 0 }
}

extension SelectionReport {
  /// The report of a choice that AutoFaiss's table made.
  public init(_ choice: Choice, seed: UInt64) {
    let key = choice.spec.factoryString
    self.init(
      method: "table",
      candidates: [
        CandidateReport(
          key: key, isAccelerated: choice.isAccelerated && choice.spec.takesInt8Companion,
          predictedFileBytes: choice.predictedFileBytes,
          predictedMemoryBytes: choice.predictedBytes, verdict: .chosen, reason: choice.reason)
      ], chosenKey: key, reason: choice.reason, seed: seed)
  }

  /// The point that would be used of several, by the rule that chooses.
  ///
  /// - Parameters:
  ///   - points: Of one candidate.
  ///   - targetRecall: Recall below which speed does not count.
  ///   - milliseconds: What a query may take.
  ///   - k: Recall at so many places counts.
  /// - Returns: `nil` for no points.
  public static func representative(
    of points: [MeasuredPoint], targetRecall: Double, milliseconds: Double, k: Int = 10
  ) -> MeasuredPoint? {
    SettingRule(targetRecall: targetRecall, milliseconds: milliseconds, k: k).pick(points)
      .map { points[$0.place] }
  }
}
