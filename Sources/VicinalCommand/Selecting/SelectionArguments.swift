public import ArgumentParser
import Vicinal

/// How an index is chosen when none is named.
struct SelectionArguments: ParsableArguments {
  @Option(
    help: "measured: candidates are built on a sample; table: AutoFaiss's table decides.")
  var selection = SelectionMethod.measured

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

  /// As the library takes them.
  func options(
    _ bounds: BudgetOptions, _ reading: ReadingOptions
  ) throws(IndexError) -> SelectionOptions {
    var options = SelectionOptions(metric: bounds.metricType.metric, budget: bounds.budget)
    options.method = selection
    options.isNormalized = bounds.metricType == .cosine
    options.isFloatOnly = bounds.floatOnly
    options.k = k
    options.seed = seed
    options.buildTimeLimit = maxBuildTime?.duration
    if !queries.isEmpty { options.queries = try reading.open(queries) }
    return options
  }
}

extension SelectionMethod: ExpressibleByArgument {}

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
