public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

/// What was chosen, and what the choice rests on.
public struct Selection: Sendable {
  /// What to build.
  public var choice: Choice
  /// Everything considered.
  public var report: SelectionReport
}

/// Chooses an index by building candidates on a sample and measuring them, or by AutoFaiss's table.
///
/// ```swift
/// var options = SelectionOptions(metric: .l2)
/// options.budget.indexMemory = try MemorySize(parsing: "500M")
/// let found = try await IndexSelector(options).select(from: source)
/// print(found.choice.spec, found.report.reason)
/// ```
///
/// Candidates are all that ``CandidateList`` knows and that fit the memory bound. Each is built on
/// the sample, measured with queries that are not in it against exact neighbours, and extrapolated to
/// all vectors; reports show both.
/// The choice is the fastest that reaches the target recall within the time allowed; without such,
/// the best recall within the time, where less than 0.002 more is not worth more time.
public struct IndexSelector: Sendable {
  /// What was asked for.
  public var options: SelectionOptions

  /// Chooses with these options.
  public init(_ options: SelectionOptions) { self.options = options }

  /// Chooses.
  ///
  /// - Parameters:
  ///   - source: The vectors to be indexed; only a sample is read.
  ///   - execution: Threads, progress (one step a candidate), cancellation.
  /// - Throws: ``IndexError/Code/memoryBound`` if nothing fits, with the least that would do,
  ///   ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite`` naming the row,
  ///   ``IndexError/Code/cancelled``.
  public func choose(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> Selection {
    try options.validate()
    guard options.method == .measured else { return try tableChoice(of: source) }
    var budget = options.budget
    budget.trainingMemory = options.buildMemory.map {
      MemorySize(bytes: max(0, $0.bytes - MemoryPlan.processBytes))
    }
    let all = CandidateList.all(
      count: source.count, dimension: source.dimension, metric: options.metric,
      isNormalized: options.isNormalized, budget: budget)
    // Says what would do if nothing fits, before anything is read.
    let fitting = try options.buildable(
      CandidateList.fitting(
        count: source.count, dimension: source.dimension, metric: options.metric,
        isNormalized: options.isNormalized, budget: budget),
      count: source.count, dimension: source.dimension)
    execution.progress?(WorkProgress(step: "read sample", done: 0, total: 1))
    let start = ContinuousClock.now
    let sample = try SelectionSample(from: source, options)
    let queries = try sample.heldOut(
      k: max(100, options.k), options, execution)
    execution.progress?(WorkProgress(step: "read sample", done: 1, total: 1))
    // Without companions other indexes are the faster ones.
    func plain(_ candidates: [Candidate]) -> [Candidate] {
      guard options.isFloatOnly else { return candidates }
      return candidates.map {
        Candidate(
          $0.spec, count: source.count, dimension: source.dimension, bound: 0,
          hasDirectMap: options.budget.hasDirectMap)
      }
    }
    var run = SelectionRun(
      all: plain(all), fitting: plain(fitting), sample: sample, queries: queries,
      count: source.count,
      options: options, start: start)
    try run.tryAll(execution)
    return try run.finish()
  }

  /// What AutoFaiss's table says, within the bounds.
  private func tableChoice(of source: any EmbeddingSource) throws(IndexError) -> Selection {
    var choice = try TableSelection.choose(
      count: source.count, dimension: source.dimension, metric: options.metric,
      budget: options.budget)
    if options.isNormalized { choice.spec = try choice.spec.normalizing() }
    if options.isFloatOnly { choice.isAccelerated = false }
    return Selection(choice: choice, report: SelectionReport(choice, seed: options.seed))
  }

  /// Chooses without keeping the caller's actor busy; cancelling the task cancels the work.
  ///
  /// - Throws: As ``choose(from:execution:)``.
  public func select(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) async throws(IndexError) -> Selection {
    try await execution.detached { execution throws(IndexError) in
      try choose(from: source, execution: execution)
    }
  }
}

extension SelectionOptions {
  /// The candidates that can be built in the memory of the process, from the smallest file on.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` if there is none, with what the first would take.
  fileprivate func buildable(
    _ candidates: [Candidate], count: Int, dimension: Int
  ) throws(IndexError) -> [Candidate] {
    guard let buildMemory else { return candidates }
    func plan(_ candidate: Candidate) throws(IndexError) -> MemoryPlan {
      // The companion is left out where that makes it fit.
      try MemoryPlan(
        bound: buildMemory, spec: candidate.spec, count: count, dimension: dimension,
        isAccelerated: false, mayUseDisk: mayBuildOnDisk)
    }
    let found = candidates.filter { (try? plan($0)) != nil }
    if found.isEmpty, let first = candidates.first { _ = try plan(first) }
    return found
  }
}
