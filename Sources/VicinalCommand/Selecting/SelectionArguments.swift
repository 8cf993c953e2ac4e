import ArgumentParser
import Vicinal

/// How an index is chosen when none is named.
struct SelectionArguments: ParsableArguments {
  /// What decides.
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case measured, table
  }

  @Option(
    help: "measured: candidates are built on a sample; table: AutoFaiss's table decides.")
  var selection = Method.measured

  @Option(
    parsing: .upToNextOption,
    help: "Files or folders with real queries, instead of vectors that are held out.")
  var queries: [String] = []

  @Option(help: "Time that building may take, for example 90, 10m or 2h.")
  var maxBuildTime: DurationArgument?

  @Option(help: "Neighbours per query that recall is judged by.")
  var k = 10

  @Option(help: "Draws samples, queries and all training.")
  var seed: UInt64 = 1234

  func validate() throws {
    guard (1...1000).contains(k) else { throw ValidationError("--k must be 1…1000, got \(k)") }
  }

  /// Chooses an index that keeps the bounds.
  func choose(
    _ source: any EmbeddingSource, _ metric: MetricName, _ budget: Budget, isFloatOnly: Bool,
    memory: MemorySize, mayUseDisk: Bool = true, execution: Execution
  ) throws(IndexError) -> (Choice, SelectionReport) {
    guard selection == .measured else {
      var choice = try TableSelection.choose(
        count: source.count, dimension: source.dimension, metric: metric.metric, budget: budget)
      choice.spec = try metric.spec(choice.spec)
      if isFloatOnly { choice.isAccelerated = false }
      return (choice, SelectionReport(choice, seed: seed))
    }
    var options = SelectionOptions(metric: metric.metric, budget: budget)
    options.isNormalized = metric == .cosine
    options.isFloatOnly = isFloatOnly
    (options.buildMemory, options.mayBuildOnDisk) = (memory, mayUseDisk)
    options.k = k
    options.seed = seed
    options.buildTimeLimit = maxBuildTime?.duration
    if !queries.isEmpty { options.queries = try EmbeddingFiles(queries) }
    let found = try IndexSelector(options).choose(from: source, execution: execution)
    return (found.choice, found.report)
  }

  /// Queries to tune and judge a built index with: the given ones, otherwise vectors of the index,
  /// each left out of its own answers.
  func heldOut(
    for index: any VectorIndex, _ source: any EmbeddingSource,
    batchRows: Int = GroundTruth.batchRows, _ execution: Execution
  ) throws(IndexError) -> HeldOutQueries {
    let given: EmbeddingFiles? = queries.isEmpty ? nil : try EmbeddingFiles(queries)
    return try HeldOutQueries.judging(
      index, source, given: given, k: max(100, k), seed: seed &+ 1, batchRows: batchRows,
      execution: execution)
  }
}

/// A time as it is typed: seconds, or a number with s, m or h.
struct DurationArgument: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    var text = argument[...]
    var unit = 1.0
    if let last = text.last, let factor = units[last] {
      unit = factor
      text = text.dropLast()
    }
    guard let value = Double(text), value > 0, value * unit < 1e9 else { return nil }
    duration = .seconds(value * unit)
  }
}
