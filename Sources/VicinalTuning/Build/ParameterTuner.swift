public import VicinalCore
import VicinalIndexes

/// What tuning found.
public struct Tuning: Sendable, Equatable {
  /// The setting to use, with recall at 1, 10, 20 and 100 as far as the queries tell.
  public var chosen: MeasuredPoint
  /// Everything that was measured, in that order.
  public var measured: [MeasuredPoint]
  /// Whether the chosen setting takes no longer than allowed.
  public var isWithinBound: Bool
  /// Whether it finds as much as was asked for.
  public var reachesTarget: Bool
}

/// Finds the search setting of a built index: the fastest that reaches the recall asked for
/// within the time allowed, otherwise the best recall within the time allowed.
///
/// All knobs are turned: `nprobe` or `efSearch`, and `k_factor_rf` where candidates are compared
/// again. AutoFaiss takes the slowest setting within the time allowed and never measures recall; the
/// held-out queries here make it the other way round.
public struct ParameterTuner: Sendable {
  /// Time per query, recall wanted.
  public var budget: Budget

  /// At least so many of the neighbours asked for must come back, whatever the time. AutoFaiss:
  /// `min_nearest_neighbors_to_retrieve`.
  public var leastNeighbors = 20

  /// Neighbours per query that recall looks at, at least 1.
  public var judgedNeighbors = 10

  /// No setting is begun after so long; at least one is measured.
  public var timeLimit: Duration?

  /// Tunes for a budget.
  public init(budget: Budget) { self.budget = budget }

  /// Neighbours per query in AutoFaiss's speed measurements.
  static let timedNeighbors = 40

  /// Measures settings and returns the chosen one with everything that was measured.
  ///
  /// - Throws: ``IndexError/Code/cancelled``, and as searching.
  public func tune(
    _ index: any VectorIndex, on queries: HeldOutQueries, execution: Execution = Execution()
  ) throws(IndexError) -> Tuning {
    let k = max(1, min(judgedNeighbors, queries.k))
    var climb = SettingClimb()
    climb.enoughRecall = budget.targetRecall
    climb.slowest = budget.queryMilliseconds
    climb.leastGain = SettingClimb.leastGain(for: budget.targetRecall)
    climb.precision = (budget.targetRecall, SettingClimb.fewQueries)
    climb.k = k
    climb.timedNeighbors = Self.timedNeighbors
    climb.deadline = timeLimit.map { ContinuousClock.now + $0 }
    let ladder = SettingLadder(of: index, neighbors: max(k, leastNeighbors))
    let total = ladder.rows.reduce(0) { $0 + $1.count }
    var complete: [Bool] = []
    let measured = try climb.run(
      index, queries, ladder: ladder, execution: execution,
      isUsable: { candidate throws(IndexError) in
        let isComplete = try returnsEnough(candidate, queries, execution)
        complete.append(isComplete)
        return isComplete
      },
      progress: { point in
        execution.progress?(
          WorkProgress(step: "tune", done: complete.count, total: total, note: point.parameters))
      })
    execution.progress?(WorkProgress(step: "tune", done: total, total: total))
    // Settings that do not return enough neighbours are out of the question as long as one does.
    let all = Array(measured.indices)
    let usable = all.filter { complete[$0] }
    let judged = usable.isEmpty ? all : usable
    let rule = SettingRule(
      targetRecall: budget.targetRecall, milliseconds: budget.queryMilliseconds, k: k)
    guard let (place, ground) = rule.pick(judged.map { measured[$0] }) else {
      throw IndexError(.insufficientData, "there is no setting to measure")
    }
    var best = measured[judged[place]]
    if ground != .reachesTarget { best = try climb.precise(best, index, queries, execution) }
    let chosen = try SettingClimb.completed(best, index, queries, execution)
    var points = measured
    points[judged[place]] = chosen
    return Tuning(
      chosen: chosen, measured: points, isWithinBound: ground != .tooSlow,
      reachesTarget: ground == .reachesTarget)
  }

  /// Whether nearly all of the neighbours that must be retrieved come back.
  private func returnsEnough(
    _ index: any VectorIndex, _ queries: HeldOutQueries, _ execution: Execution
  ) throws(IndexError) -> Bool {
    let k = max(1, min(leastNeighbors, index.count))
    var quiet = execution
    quiet.progress = nil
    let few = queries.thinned(to: SettingClimb.fewQueries)
    let batch = try VectorBatch(few.values.span, dimension: queries.dimension)
    let found = try index.search(batch, k: k, options: SearchOptions(execution: quiet))
    return Double(found.ids.count { $0 >= 0 }) >= 0.99 * Double(found.ids.count)
  }
}
