import VicinalCompute
public import VicinalCore
import VicinalIndexes

extension ParameterSpace {
  /// Measures combinations of parameters on an index.
  ///
  /// The index itself is not changed. Which combinations are drawn depends on the seed alone; which
  /// of them are skipped depends on the times measured.
  ///
  /// - Parameters:
  ///   - index: A filled index that has the parameters of this space.
  ///   - queries: The queries of the criterion.
  ///   - criterion: Says how many neighbours to search for and how good they are.
  ///   - options: How to measure, when to stop.
  /// - Returns: All measurements and the Pareto-optimal ones.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the criterion is for another number of
  ///   queries, ``IndexError/Code/cancelled``, and as ``KnobSettings/apply(to:)`` and searching.
  /// - Complexity: up to `experiments` searches of all queries.
  public func explore(
    _ index: any VectorIndex, queries: borrowing VectorBatch, criterion: any TuningCriterion,
    options: ExplorationOptions = ExplorationOptions()
  ) throws(IndexError) -> Exploration {
    guard criterion.queryCount == queries.count, queries.count > 0 else {
      throw IndexError(
        .invalidArgument,
        "the criterion is for \(criterion.queryCount) queries, but there are \(queries.count)")
    }
    var isWarm = false
    return try explore(options) { combination throws(IndexError) in
      var candidate = index
      try setParameters(of: &candidate, combination: combination)
      if !isWarm {
        // The first search touches cold memory; users of a running index do not see that.
        _ = try candidate.searchInBatches(queries, k: criterion.neighborCount, options)
        isWarm = true
      }
      let start = ContinuousClock.now
      var runs = 0
      var found: Neighbors
      repeat {
        found = try candidate.searchInBatches(queries, k: criterion.neighborCount, options)
        runs += 1
      } while ContinuousClock.now - start < options.leastDuration
      let seconds = (ContinuousClock.now - start) / .seconds(1) / Double(runs)
      return (try criterion.evaluate(found), seconds)
    }
  }

  /// The exploration without an index: `measure` says what a combination brings and costs.
  package func explore(
    _ options: ExplorationOptions,
    measure: (Int) throws(IndexError) -> (performance: Double, seconds: Double)
  ) throws(IndexError) -> Exploration {
    try options.validate()
    let start = ContinuousClock.now
    let order = try order(options)
    var result = Exploration()
    for (done, combination) in order.enumerated() {
      try options.execution.checkCancellation()
      if let limit = options.timeLimit, done > 0, ContinuousClock.now - start >= limit {
        result.isCutShort = true
        break
      }
      let settings = try settings(of: combination)
      var note = "\(settings): skipped"
      if options.experiments > 0, isHopeless(combination, result.points, options) {
        result.skipped.append(combination)
      } else {
        let (performance, seconds) = try measure(combination)
        let isKept = result.points.add(
          OperatingPoint(
            performance: performance, seconds: seconds, key: "\(settings)",
            combination: combination))
        note =
          "\(settings): \(performance.rounded(places: 3)) in \(seconds.rounded(places: 6)) s"
          + (isKept ? " *" : "")
      }
      options.execution.progress?(
        WorkProgress(step: "explore", done: done + 1, total: order.count, note: note))
    }
    result.seconds = (ContinuousClock.now - start) / .seconds(1)
    return result
  }

  /// The most combinations that one exploration may consider: more would take years.
  private static let mostExperiments = 1 << 24

  /// The combinations to consider: the fastest and the most accurate first.
  private func order(_ options: ExplorationOptions) throws(IndexError) -> [Int] {
    let count = combinationCount
    guard count > 0 else {
      throw IndexError(.invalidArgument, "a parameter of the space has no value to try")
    }
    let wanted = options.experiments == 0 ? count : min(options.experiments, count)
    guard wanted <= Self.mostExperiments else {
      throw IndexError(
        .invalidArgument,
        "\(wanted) experiments are more than the \(Self.mostExperiments) that are possible; set"
          + " fewer, or fewer values")
    }
    if options.experiments == 0 { return Array(0..<count) }
    guard wanted > 2 else { return wanted == 1 ? [0] : [0, count - 1] }
    var generator = SplitMix64(seed: options.seed)
    let inner = sampleWithoutReplacement(wanted - 2, of: count - 2, using: &generator)
    return [0, count - 1] + inner.map { $0 + 1 }.shuffled(using: &generator)
  }

  /// Whether measured points show that a combination cannot become Pareto-optimal, or is too slow.
  private func isHopeless(
    _ combination: Int, _ points: OperatingPoints, _ options: ExplorationOptions
  ) -> Bool {
    let bounds = bounds(of: combination, from: points.all)
    if let slowest = options.slowestSearch, bounds.seconds > slowest / .seconds(1) { return true }
    guard let rival = points.seconds(for: bounds.performance) else { return false }
    return rival <= bounds.seconds
  }
}

extension VectorIndex {
  /// Searches as an exploration is told to.
  fileprivate func searchInBatches(
    _ queries: borrowing VectorBatch, k: Int, _ options: ExplorationOptions
  ) throws(IndexError) -> Neighbors {
    var execution = options.execution
    execution.progress = nil
    let size = min(options.batchSize ?? queries.count, queries.count)
    let batches = stride(from: 0, to: queries.count, by: size).map {
      $0..<min(queries.count, $0 + size)
    }
    let workers = options.isThreadedOverBatches ? execution.workerCount : 1
    if options.isThreadedOverBatches { execution.workers = 1 }
    let searching = SearchOptions(execution: execution)
    let parts = try parallelMap(batches.count, workers: workers) { batch throws(IndexError) in
      try search(queries.rows(batches[batch]), k: k, options: searching)
    }
    var found = Neighbors(k: k, distances: [], ids: [])
    for part in parts { found.append(part) }
    return found
  }
}
