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

  @Option(
    parsing: .upToNextOption,
    help: "The index file; several files, a folder of them, or the path of parts, as for search.")
  var indexPath: [String]

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

  @Option(
    help: "Memory that the index may take, less a tenth, for example 32G; unbounded unless given.")
  var currentMemoryAvailable: MemoryArgument?

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard !indexPath.isEmpty else { throw ValidationError("--index-path needs a file or folder") }
    guard queryCount >= 1 else { throw ValidationError("--query-count must be at least 1") }
  }

  func run() throws {
    let execution = work.execution()
    let paths = try IndexFile.partPaths(indexPath)
    if let path = paths.first, try BinaryIndexFile.recognizes(path) {
      throw IndexError(
        .unsupported,
        "\(path) holds binary vectors, but scores are measured against neighbours of floats;"
          + " vicinal search finds the neighbours of binary vectors")
    }
    var size = 0
    for path in paths { size += try fileSize(path) }
    try requireRoom(size)
    var index = try IndexFile.readParts(paths)
    try indexParam?.settings.apply(to: &index)
    let source = try reading.open(embeddings)
    try index.requireVectors(of: source)
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
        besides: paths + (source.files + (given?.files ?? [])).map(\.path))
    }
    var scores = try IndexScores.score(
      index, source: source, queries: given, queryCount: queryCount, execution: execution)
    scores.describe(sizeInBytes: size)
    if saveOnDisk { try writeText(Output.encoded(scores), to: outputIndexInfoPath) }
    if work.json { return try Output.json(scores) }
    for (name, value) in scores.lines { try Output.print("\(name): \(value)") }
  }

  /// AutoFaiss answers with nothing where the index leaves less than a tenth; here it is an error.
  private func requireRoom(_ bytes: Int) throws(IndexError) {
    guard let bound = currentMemoryAvailable?.size else { return }
    let size = MemorySize(bytes: bytes)
    guard Double(size.bytes) <= 0.9 * Double(bound.bytes) else {
      throw IndexError(
        .memoryBound,
        "the index takes \(size), which leaves less than a tenth of \(bound) for measuring it;"
          + " raise current-memory-available")
    }
  }
}
