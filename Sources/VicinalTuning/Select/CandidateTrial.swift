import VicinalCore
import VicinalDatasets
import VicinalIndexes

/// Builds candidates on a sample and measures them.
struct CandidateTrial: Sendable {
  /// The sample.
  let source: InMemoryEmbeddings
  /// Queries with exact neighbours among the sample.
  let queries: HeldOutQueries
  /// All vectors.
  let count: Int
  /// What was asked for.
  let options: SelectionOptions

  /// The time for measuring what was built when time is over.
  private static let leastClimb = Duration.seconds(8)

  /// What became of a candidate on the sample.
  struct Outcome: Sendable {
    /// From the cheapest setting on, only those that nothing beats.
    var points: [MeasuredPoint]
    /// Time of building.
    var buildSeconds: Double
  }

  /// Takes a sample and finds the exact neighbours of its queries.
  init(
    _ sample: SelectionSample, queries: HeldOutQueries, count: Int, _ options: SelectionOptions
  ) throws(IndexError) {
    source = try InMemoryEmbeddings(sample.values, dimension: sample.dimension)
    self.queries = queries
    self.count = count
    self.options = options
  }

  /// The candidate built on the sample, its cells in proportion.
  func build(
    _ candidate: Candidate, _ execution: Execution
  ) throws(IndexError) -> (index: any VectorIndex, seconds: Double) {
    var quiet = execution
    quiet.progress = nil
    let spec = Extrapolation.scaled(candidate.spec, from: count, to: source.count)
    var builder = IndexBuilder(
      spec: spec, metric: options.metric,
      isAccelerated: candidate.isAccelerated && !options.isFloatOnly,
      workMemory: options.budget.workMemory)
    builder.seed = options.seed
    builder.isTrial = true
    let start = ContinuousClock.now
    let index = try builder.build(from: source, execution: quiet).index
    return (index, (ContinuousClock.now - start) / .seconds(1))
  }

  /// Builds and measures a candidate.
  ///
  /// - Parameters:
  ///   - slowest: Settings slower than this are not climbed beyond, in milliseconds.
  ///   - deadline: No further setting is begun then; but a candidate that was built is measured for a
  ///     few seconds, since its first settings alone would say little.
  func run(
    _ candidate: Candidate, slowest: Double, deadline: ContinuousClock.Instant,
    _ execution: Execution
  ) throws(IndexError) -> Outcome {
    let (index, seconds) = try build(candidate, execution)
    var climb = climb
    climb.slowest = slowest
    let least = options.buildTimeLimit.map { min(Self.leastClimb, $0 / 20) } ?? Self.leastClimb
    climb.deadline = max(deadline, ContinuousClock.now + least)
    climb.precision = (options.budget.targetRecall, SettingClimb.fewQueries)
    let points = try climb.run(
      index, queries, ladder: SettingLadder(of: index, neighbors: options.k, ratio: 2),
      execution: execution)
    var best = points.optimal(k: climb.k)
    // Where none reaches the target, the one that finds most may be the choice.
    if let last = best.last, (last.recall[climb.k] ?? 0) < options.budget.targetRecall {
      best[best.count - 1] = try climb.precise(last, index, queries, execution)
    }
    return Outcome(points: best, buildSeconds: seconds)
  }

  /// Builds a candidate and measures given settings, those that it has.
  func run(
    _ candidate: Candidate, settings: [MeasuredPoint], _ execution: Execution
  ) throws(IndexError) -> Outcome {
    let (index, seconds) = try build(candidate, execution)
    var points: [MeasuredPoint] = []
    for point in settings {
      try execution.checkCancellation()
      let knobs = try KnobSettings(parsing: point.parameters)
      var set = index
      do throws(IndexError) { try knobs.apply(to: &set) } catch { continue }
      points.append(try climb.measure(set, queries, knobs, execution))
    }
    return Outcome(points: points, buildSeconds: seconds)
  }

  private var climb: SettingClimb {
    var climb = SettingClimb()
    climb.k = max(1, min(options.k, queries.k))
    climb.timedNeighbors = options.k
    climb.secondsPerPoint = 0.08
    climb.mostTimed = 300
    climb.leastGain = SettingClimb.leastGain(for: options.budget.targetRecall)
    // A little more than asked for: over all vectors it will be less.
    climb.enoughRecall = 1 - (1 - options.budget.targetRecall) / 3
    return climb
  }
}
