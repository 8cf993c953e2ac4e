import VicinalCore
import VicinalIndexes

/// How much of what is asked for an index finds.
extension SettingClimb {
  /// Queries that show whether a setting is far from the target; the others take most of the time.
  static let fewQueries = 300

  /// Recall of all queries, or of a few if these show that the setting is far from the target.
  ///
  /// - Returns: Recall by k, and the queries that it was averaged over.
  func recall(
    _ index: any VectorIndex, _ queries: HeldOutQueries, _ execution: Execution
  ) throws(IndexError) -> (byPlaces: [Int: Double], count: Int) {
    let total = queries.ownIDs.count
    if let (target, few) = precision, few < total {
      let found = try recallOfAll(index, queries.thinned(to: few), execution)
      let high = MeasuredPoint.wilsonInterval(share: found[k] ?? 0, count: few).last ?? 1
      if high < target { return (found, few) }
    }
    return (try recallOfAll(index, queries, execution), total)
  }

  /// Recall of all queries at the places that decide.
  private func recallOfAll(
    _ index: any VectorIndex, _ queries: HeldOutQueries, _ execution: Execution
  ) throws(IndexError) -> [Int: Double] {
    var quiet = execution
    quiet.progress = nil
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    let places = min(queries.k, max(k, 10))
    let found = try index.search(
      batch, k: places + 1, options: queries.avoidingOwn(SearchOptions(execution: quiet))
    )
    .dropping(queries.ownIDs, k: places, metric: index.metric)
    var recall: [Int: Double] = [:]
    for k in Set([1, 10, k]) {
      recall[k] = SearchMeasure.recall(
        of: found, against: queries.truth, k: min(k, places), metric: index.metric)
    }
    return recall
  }

  /// A point with the recall of all queries, for a setting that was measured with a few.
  func precise(
    _ point: MeasuredPoint, _ index: any VectorIndex, _ queries: HeldOutQueries,
    _ execution: Execution
  ) throws(IndexError) -> MeasuredPoint {
    var (point, candidate) = (point, index)
    try KnobSettings(parsing: point.parameters).apply(to: &candidate)
    point.recall = try recallOfAll(candidate, queries, execution)
    point.recallInterval = MeasuredPoint.wilsonInterval(
      share: point.recall[10] ?? 0, count: queries.ownIDs.count)
    return point
  }

  /// Adds recall at further places to a point that will be reported.
  static func completed(
    _ point: MeasuredPoint, _ index: any VectorIndex, _ queries: HeldOutQueries,
    _ execution: Execution
  ) throws(IndexError) -> MeasuredPoint {
    var (point, candidate, quiet) = (point, index, execution)
    quiet.progress = nil
    try KnobSettings(parsing: point.parameters).apply(to: &candidate)
    for k in MeasuredPoint.reportedPlaces where point.recall[k] == nil && k <= queries.k {
      point.recall[k] = try queries.recall(
        of: candidate, k: k, options: SearchOptions(execution: quiet))
    }
    return point
  }
}
