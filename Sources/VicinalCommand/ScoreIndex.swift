import ArgumentParser
import Vicinal

/// `vicinal score-index`: how good an index is, against exact neighbours.
struct ScoreIndex: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures recall and speed of an index against exact neighbours.",
    discussion: """
      Queries are taken from the embeddings, each left out of its own results, or come from \
      --queries. Exact neighbours are computed from the embeddings, which must be the vectors of \
      the index in the same order; only their number and dimension are checked.
      """)

  @Option(help: "The index file.")
  var indexPath: String

  @Option(parsing: .upToNextOption, help: "The vectors of the index, in the same order.")
  var embeddings: [String]

  @Option(parsing: .upToNextOption, help: "Query vectors that are not in the index.")
  var queries: [String] = []

  @Option(help: "Queries to take from the embeddings.")
  var queryCount = 500

  @Option(
    name: [.customLong("index-param"), .customLong("param")],
    help: "Search parameters, for example nprobe=16.",
    transform: SearchParameters.init(parsing:))
  var indexParam: SearchParameters?

  @Option(help: "Where to write the scores.")
  var outputIndexInfoPath = "infos.json"

  @Flag(inversion: .prefixedNo, help: "Write the scores to a file.")
  var saveOnDisk = true

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard queryCount >= 1 else { throw ValidationError("--query-count must be at least 1") }
  }

  func run() throws {
    let execution = work.execution()
    guard try !BinaryIndexFile.recognizes(indexPath) else {
      throw IndexError(
        .unsupported,
        "\(indexPath) holds binary vectors, but scores are measured against neighbours of floats;"
          + " vicinal search finds the neighbours of binary vectors")
    }
    var index = try IndexFile.read(indexPath)
    try indexParam?.settings.apply(to: &index)
    let source = try reading.open(embeddings)
    guard source.dimension == index.dimension, source.count == index.count else {
      throw IndexError(
        .dimensionMismatch,
        "the index holds \(index.count) vectors of dimension \(index.dimension), the embeddings"
          + " \(source.count) of \(source.dimension); they must be the same vectors")
    }
    let given = queries.isEmpty ? nil : try reading.open(queries)
    if let given, given.dimension != index.dimension {
      throw IndexError(
        .dimensionMismatch,
        "\(given.files[0].path) holds queries of dimension \(given.dimension), but the index has"
          + " dimension \(index.dimension)")
    }
    if saveOnDisk {
      try prepareOutputs(
        [("--output-index-info-path", outputIndexInfoPath)],
        besides: [indexPath] + (source.files + (given?.files ?? [])).map(\.path))
    }
    let judged =
      if let given {
        try HeldOutQueries.given(given, source: source, index: index, k: 40, execution: execution)
      } else {
        try HeldOutQueries.sampled(
          from: source, index: index, count: queryCount, k: 40, execution: execution)
      }
    let scores = try IndexScores(
      index, judged, options: SearchOptions(execution: execution))
    if saveOnDisk { try writeText(Output.encoded(scores), to: outputIndexInfoPath) }
    if work.json { return try Output.json(scores) }
    for (name, value) in scores.lines { Output.print("\(name): \(value)") }
  }
}
