import VicinalCore
import VicinalIndexes

/// Measures the settings of an index from the cheapest upwards, and stops where more time buys
/// nothing.
struct SettingClimb: Sendable {
  /// A row ends at this recall, 0…1.
  var enoughRecall = 0.95
  /// A row ends behind the first setting that is slower, in milliseconds.
  var slowest = Double.infinity
  /// Recall at this many places is what counts, at least 1.
  var k = 10
  /// Neighbours per query while times are taken, at least 1.
  var timedNeighbors = 10
  /// Time for measuring the speed of one setting, in seconds.
  var secondsPerPoint = 0.3
  /// Queries at most in each of the two halves of that time, at least 20.
  var mostTimed = 2_000
  /// Gains in recall below this are none.
  var leastGain = 0.002
  /// No further setting is begun after this instant.
  var deadline: ContinuousClock.Instant?
  /// What a setting is wanted to reach, and queries that are enough to see that it does not; all
  /// queries count unless given.
  var precision: (targetRecall: Double, fewQueries: Int)?

  /// Gains that still count on the way to a target: near 1 they are small.
  static func leastGain(for targetRecall: Double) -> Double {
    min(0.002, max(1e-5, (1 - targetRecall) / 4))
  }

  /// Measures an index.
  ///
  /// - Parameters:
  ///   - index: Its own settings do not matter and stay.
  ///   - queries: With exact neighbours, at least `k` places.
  ///   - ladder: Settings to climb.
  ///   - isUsable: Whether a setting may end a row; others only when they are exhausted.
  ///   - execution: Threads for recall; times are taken on one.
  ///   - progress: Called with each measurement.
  /// - Returns: What was measured, in that order; at least one point.
  func run(
    _ index: any VectorIndex, _ queries: HeldOutQueries, ladder: SettingLadder,
    execution: Execution,
    isUsable: (any VectorIndex) throws(IndexError) -> Bool = { _ throws(IndexError) in true },
    progress: (MeasuredPoint) -> Void = { _ in }
  ) throws(IndexError) -> [MeasuredPoint] {
    var points: [MeasuredPoint] = []
    var best = -1.0
    var fastestEnough = Double.infinity
    var start = 0
    for row in ladder.rows {
      var recalls: [Double] = []
      for settings in row.dropFirst(start) {
        try execution.checkCancellation()
        if let deadline, !points.isEmpty, ContinuousClock.now >= deadline { return points }
        var candidate = index
        try settings.apply(to: &candidate)
        let point = try measure(candidate, queries, settings, execution)
        points.append(point)
        progress(point)
        let usable = try isUsable(candidate)
        let recall = point.recall[k] ?? 0
        recalls.append(recall)
        guard usable else { continue }
        if recall >= enoughRecall {
          fastestEnough = min(fastestEnough, point.meanMilliseconds)
          break
        }
        if point.meanMilliseconds > min(slowest, fastestEnough), points.count > 1 { break }
        // Two doublings without gain: a row has found what it can.
        let before = recalls.count - 1 - 2 * ladder.stepsPerDoubling
        if before >= 0, recall - recalls[before] < leastGain, recall > 0.5 { break }
      }
      let reached = recalls.max() ?? 0
      if reached < best + leastGain { break }
      best = max(best, reached)
      // What was far from its best with fewer candidates will be so again.
      start = min(row.count - 1, start + (recalls.firstIndex { $0 > 0.85 * reached } ?? 0))
    }
    return points
  }

  /// Recall, and times of single queries on one thread.
  func measure(
    _ index: any VectorIndex, _ queries: HeldOutQueries, _ settings: KnobSettings,
    _ execution: Execution
  ) throws(IndexError) -> MeasuredPoint {
    let (recall, count) = try recall(index, queries, execution)
    var quiet = execution
    quiet.progress = nil
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    quiet.workers = 1
    // The better of two halves: other work on the machine only ever adds.
    var halves: [Latency] = []
    for _ in 0..<2 {
      halves.append(
        try SearchMeasure.latency(
          of: index, queries: batch, k: timedNeighbors, options: SearchOptions(execution: quiet),
          seconds: secondsPerPoint / 2, most: mostTimed))
    }
    let latency = halves[0].mean <= halves[1].mean ? halves[0] : halves[1]
    return MeasuredPoint(
      parameters: settings.description, recall: recall, queryCount: count, latency: latency)
  }
}

extension [MeasuredPoint] {
  /// The points that nothing beats in both recall@k and time, from the fastest on.
  func optimal(k: Int) -> [MeasuredPoint] {
    var best = -1.0
    return sorted {
      ($0.meanMilliseconds, -($0.recall[k] ?? 0)) < ($1.meanMilliseconds, -($1.recall[k] ?? 0))
    }.filter { point in
      let recall = point.recall[k] ?? 0
      defer { best = Swift.max(best, recall) }
      return recall > best
    }
  }
}
