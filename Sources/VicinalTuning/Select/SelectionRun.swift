import VicinalCore
import VicinalDatasets
import VicinalIndexes

/// The state of one selection: what was tried so far and what is known of it.
struct SelectionRun {
  let all: [Candidate]
  let fitting: [Candidate]
  let sample: SelectionSample
  let queries: HeldOutQueries
  let count: Int
  let options: SelectionOptions
  let start: ContinuousClock.Instant

  /// Reports by candidate.
  private var reports: [IndexSpec: CandidateReport] = [:]
  private var warnings: [String] = []
  /// Time of comparing a query with one vector of floats; from exact search over the sample.
  private var rowMilliseconds = 0.0
  /// The quarter of the sample, made when it is first needed.
  private var quarter: CandidateTrial?

  init(
    all: [Candidate], fitting: [Candidate], sample: SelectionSample, queries: HeldOutQueries,
    count: Int, options: SelectionOptions, start: ContinuousClock.Instant
  ) {
    (self.all, self.fitting, self.sample, self.queries) = (all, fitting, sample, queries)
    (self.count, self.options, self.start) = (count, options, start)
    for candidate in all {
      var report = CandidateReport(
        key: candidate.spec.factoryString,
        isAccelerated: candidate.hasInt8Companion && !options.isFloatOnly,
        predictedFileBytes: candidate.fileBytes, predictedMemoryBytes: candidate.memoryBytes)
      if !candidate.fits(options.budget.indexMemory.bytes) {
        report.verdict = .tooLarge
        let size = MemorySize(bytes: candidate.boundedBytes)
        report.reason = "needs \(size) of the \(options.budget.indexMemory) allowed"
      } else if !fitting.contains(where: { $0.spec == candidate.spec }) {
        report.verdict = .tooLarge
        report.reason = "cannot be built in the memory that the process may take"
      }
      reports[candidate.spec] = report
    }
  }

  private var k: Int { max(1, min(options.k, queries.k)) }

  private var rule: SettingRule {
    SettingRule(
      targetRecall: options.budget.targetRecall, milliseconds: options.budget.queryMilliseconds,
      k: k)
  }

  private var deadline: ContinuousClock.Instant {
    var limit = options.timeLimit
    // Most of the time belongs to building.
    if let build = options.buildTimeLimit { limit = min(limit, build / 4) }
    return start + limit
  }

  private var extrapolation: Extrapolation {
    Extrapolation(
      sampleCount: sample.count, count: count, rowMilliseconds: rowMilliseconds,
      queryCount: queries.ownIDs.count, k: k)
  }

  /// Tries candidates, the most promising first.
  mutating func tryAll(_ execution: Execution) throws(IndexError) {
    let trial = try CandidateTrial(sample, queries: queries, count: count, options)
    try measureRows(trial, execution)
    let order = TrialOrder.ordered(fitting)
    for (done, candidate) in order.enumerated() {
      try execution.checkCancellation()
      execution.progress?(
        WorkProgress(step: "try", done: done, total: order.count, note: "\(candidate.spec)"))
      guard let reason = reasonToSkip(candidate) else {
        try tryOne(candidate, trial, execution)
        continue
      }
      reports[candidate.spec]?.verdict = reason.verdict
      reports[candidate.spec]?.reason = reason.text
    }
    execution.progress?(WorkProgress(step: "try", done: order.count, total: order.count))
  }

  /// What exact search takes per vector, whether or not it fits.
  private mutating func measureRows(
    _ trial: CandidateTrial, _ execution: Execution
  ) throws(IndexError) {
    let flat = Candidate(
      options.isNormalized ? .normalized(.flat) : .flat, count: count,
      dimension: sample.dimension, bound: .max)
    let outcome = try trial.run(flat, slowest: .infinity, deadline: deadline, execution)
    rowMilliseconds = (outcome.points.first?.meanMilliseconds ?? 0) / Double(max(1, sample.count))
  }

  /// Whether the choice is clear without a candidate.
  private func reasonToSkip(_ candidate: Candidate) -> (verdict: CandidateVerdict, text: String)? {
    let tier = TrialOrder.tier(candidate.spec)
    if tier > .exact, count < SelectionOptions.flatBelow, isSettled({ $0 == .exact }) {
      return (.notTried, "so few vectors are searched exactly in time")
    }
    if tier > .floats, let text = reasonToStopAtFloats() { return (.notTried, text) }
    if let text = TrialOrder.sibling(of: candidate, among: fitting) { return (.dominated, text) }
    if tier == .codes, isSettled({ $0 < .codes }) {
      return (.notTried, "others keep more and reach the recall in time")
    }
    if tier == .codes, let longer = longerInVain(candidate) {
      return (.dominated, "\(longer) has longer codes and does not reach the recall either")
    }
    if ContinuousClock.now >= deadline, reports.values.contains(where: { !$0.samplePoints.isEmpty })
    {
      return (.notTried, "the time for choosing was over")
    }
    return nil
  }

  /// A tried candidate whose codes are longer, and otherwise the same, and which misses the target
  /// though it may take much more time.
  private func longerInVain(_ candidate: Candidate) -> String? {
    let family = TrialOrder.family(candidate.spec)
    return fitting.first { other in
      guard other.fileBytes > candidate.fileBytes, TrialOrder.family(other.spec) == family,
        let points = reports[other.spec]?.samplePoints,
        let best = points.max(by: { ($0.recall[k] ?? 0) < ($1.recall[k] ?? 0) })
      else { return false }
      return (best.recall[k] ?? 0) < options.budget.targetRecall
        && best.meanMilliseconds < options.budget.queryMilliseconds / 2
    }.map { "\($0.spec)" }
  }

  /// Why no kind of codes can be the choice, once floats were tried.
  private func reasonToStopAtFloats() -> String? {
    let allowed = options.budget.queryMilliseconds
    let tried = fitting.compactMap { candidate -> CandidateReport? in
      let tier = TrialOrder.tier(candidate.spec)
      return tier == .floats ? reports[candidate.spec] : nil
    }
    let points = tried.flatMap(\.predictedPoints)
    if let least = points.map(\.meanMilliseconds).min(),
      least > SelectionOptions.hopelessFactor * allowed
    {
      return "nothing comes near the time allowed: the fastest takes"
        + " \(least.rounded(places: 3)) ms"
    }
    guard count < SelectionOptions.codesFrom else { return nil }
    let enough = tried.filter { $0.verdict == .measured }.flatMap(\.predictedPoints).contains {
      ($0.recall[k] ?? 0) >= options.budget.targetRecall
        && $0.meanMilliseconds <= SelectionOptions.fastShare * allowed
    }
    return enough ? "so few vectors are found fast enough without codes" : nil
  }

  /// Whether a tried candidate of some kinds reaches the target within the bounds.
  private func isSettled(_ isOfKind: (TrialOrder.Tier) -> Bool) -> Bool {
    fitting.contains { candidate in
      guard isOfKind(TrialOrder.tier(candidate.spec)), let report = reports[candidate.spec],
        report.verdict == .measured
      else { return false }
      return rule.pick(report.predictedPoints)?.ground == .reachesTarget
    }
  }

  /// The least time in which a tried candidate reaches the target on the sample.
  private var fastestOnSample: Double {
    reports.values.flatMap(\.samplePoints).filter {
      ($0.recall[k] ?? 0) >= options.budget.targetRecall
    }.map(\.meanMilliseconds).min() ?? .infinity
  }

  private mutating func tryOne(
    _ candidate: Candidate, _ trial: CandidateTrial, _ execution: Execution
  ) throws(IndexError) {
    let outcome: CandidateTrial.Outcome
    // Twice the time of the best so far cannot win, whatever is gained by extrapolation.
    let rival = 2 * fastestOnSample
    do throws(IndexError) {
      outcome = try trial.run(
        candidate, slowest: min(options.budget.queryMilliseconds, rival), deadline: deadline,
        execution)
    } catch {
      guard [.insufficientData, .memoryBound, .unsupported, .invalidArgument].contains(error.code)
      else { throw error }
      reports[candidate.spec]?.verdict = .notTried
      reports[candidate.spec]?.reason = "it cannot be built on the sample: \(error.message)"
      return
    }
    let smaller = try quarterOutcome(candidate, outcome, execution)
    let model = extrapolation
    let build = model.buildSeconds(
      candidate.spec, sample: outcome.buildSeconds, smaller: smaller?.buildSeconds)
    let points = model.predicted(
      candidate.spec, points: outcome.points,
      smaller: Dictionary(
        (smaller?.points ?? []).map { ($0.parameters, $0) }, uniquingKeysWith: { first, _ in first }
      ))
    var report = reports[candidate.spec]
    report?.verdict = .measured
    report?.samplePoints = outcome.points
    report?.predictedPoints = points
    report?.buildSeconds = outcome.buildSeconds
    report?.predictedBuildSeconds = build
    report?.reason = describe(points)
    let best = outcome.points.compactMap { $0.recall[k] }.max() ?? 0
    if best < options.budget.targetRecall, let last = outcome.points.last,
      last.meanMilliseconds > rival
    {
      report?.verdict = .dominated
      report?.reason =
        "given up at recall \(best.rounded(places: 3)): another one has reached the target by then"
    }
    if let limit = options.buildTimeLimit {
      let left = limit - (ContinuousClock.now - start)
      if .seconds(build) > left {
        report?.verdict = .tooSlowToBuild
        report?.reason = "building it would take about \(build.rounded(places: 1)) s"
      }
    }
    reports[candidate.spec] = report
  }

  /// The same settings on a quarter of the sample, if there is anything to extrapolate and the
  /// candidate may win.
  private mutating func quarterOutcome(
    _ candidate: Candidate, _ outcome: CandidateTrial.Outcome, _ execution: Execution
  ) throws(IndexError) -> CandidateTrial.Outcome? {
    let best = outcome.points.compactMap { $0.recall[k] }.max() ?? 0
    guard extrapolation.ratio > 1.2, sample.count >= 4_000, ContinuousClock.now < deadline,
      best >= min(options.budget.targetRecall, 0.3)
    else { return nil }
    if quarter == nil {
      let thin = sample.thinned(by: 4)
      let truth = try thin.heldOut(k: max(100, options.k), options, execution)
      quarter = try CandidateTrial(thin, queries: truth, count: count, options)
    }
    return try quarter?.run(candidate, settings: outcome.points, execution)
  }

  private func describe(_ points: [MeasuredPoint]) -> String {
    guard let (place, ground) = rule.pick(points) else { return "nothing could be measured" }
    let point = points[place]
    let figures =
      "recall@\(k) \((point.recall[k] ?? 0).rounded(places: 3)) in"
      + " \(point.meanMilliseconds.rounded(places: 3)) ms"
    switch ground {
    case .reachesTarget: return "predicted \(figures)"
    case .bestWithinTime: return "predicted \(figures) at best"
    case .tooSlow: return "too slow: predicted \(figures)"
    }
  }

  /// Picks the winner.
  ///
  /// - Throws: ``IndexError/Code/insufficientData`` if no candidate could be measured.
  func finish() throws(IndexError) -> Selection {
    var open = fitting.filter {
      guard let report = reports[$0.spec], !report.samplePoints.isEmpty else { return false }
      return report.verdict != .tooSlowToBuild
    }
    var warnings = warnings
    if open.isEmpty {
      open = fitting.filter { reports[$0.spec]?.samplePoints.isEmpty == false }
      if let quickest = open.min(by: { buildSeconds($0) < buildSeconds($1) }) {
        open = [quickest]
        warnings.append(
          "no index can be built in the time allowed; the quickest of those measured is taken")
      }
    }
    let entries = open.flatMap { candidate in
      (reports[candidate.spec]?.predictedPoints ?? []).map { (candidate, $0) }
    }
    guard let (place, ground) = rule.pick(entries.map(\.1)) else {
      throw IndexError(
        .insufficientData,
        "no index that fits could be built on a sample of \(sample.count) vectors; give more"
          + " memory, or ask for one by its key")
    }
    let (winner, point) = entries[place]
    let figures =
      "recall@\(k) \((point.recall[k] ?? 0).rounded(places: 3)) in"
      + " \(point.meanMilliseconds.rounded(places: 3)) ms per query"
    let reason: String
    switch ground {
    case .reachesTarget:
      reason =
        "the fastest that reaches recall \(options.budget.targetRecall): predicted \(figures)"
    case .bestWithinTime:
      reason = "the best within \(options.budget.queryMilliseconds) ms: predicted \(figures)"
    case .tooSlow: reason = "the fastest, though too slow: predicted \(figures)"
    }
    var candidates = all.compactMap { reports[$0.spec] }
    let key = winner.spec.factoryString
    if let place = candidates.firstIndex(where: { $0.key == key }) {
      candidates[place].verdict = .chosen
      candidates[place].reason = reason
    }
    var choice = Choice(winner, reason: reason)
    if options.isFloatOnly { choice.isAccelerated = false }
    let report = SelectionReport(
      method: "measured",
      statistics: sample.statistics(of: count, truth: queries.truth, options),
      targetRecall: options.budget.targetRecall, candidates: candidates, chosenKey: key,
      reason: reason, warnings: warnings,
      seconds: (ContinuousClock.now - start) / .seconds(1), seed: options.seed)
    return Selection(choice: choice, report: report)
  }

  private func buildSeconds(_ candidate: Candidate) -> Double {
    reports[candidate.spec]?.predictedBuildSeconds ?? .infinity
  }
}
