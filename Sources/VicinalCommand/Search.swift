import ArgumentParser
import Vicinal

/// `vicinal search`: neighbours of the vectors in a file.
struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the nearest neighbours of query vectors.")

  @Option(help: "The index file, written by vicinal or faiss.")
  var indexPath: String

  @Option(parsing: .upToNextOption, help: "Files or folders of query vectors.")
  var queries: [String]

  @Option(name: [.customShort("k"), .customLong("k")], help: "Neighbours per query.")
  var neighbours = 10

  @Option(
    name: [.customLong("index-param"), .customLong("param")],
    help: "Search parameters, for example nprobe=16 or efSearch=64.",
    transform: SearchParameters.init(parsing:))
  var indexParam: SearchParameters?

  @Option(help: "Search only the first so many queries.")
  var limit: Int?

  @Option(help: "Write ids to this .npy file (int64, queries × k).")
  var outputIds: String?

  @Option(help: "Write distances to this .npy file (float32, queries × k).")
  var outputDistances: String?

  @Flag(help: "Leave vectors in the mapped file instead of loading them.")
  var memoryMap = false

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard neighbours >= 1 else { throw ValidationError("-k must be at least 1, got \(neighbours)") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, got \(limit)") }
  }

  func run() throws {
    let execution = work.execution()
    var options = IndexFile.ReadOptions()
    options.isMapped = memoryMap
    options.isAccelerated = !memoryMap
    options.execution = execution
    var index = try IndexFile.read(indexPath, options: options)
    try indexParam?.settings.apply(to: &index)
    let source = try reading.open(queries)
    try prepareOutputs(
      [("--output-ids", outputIds), ("--output-distances", outputDistances)],
      besides: [indexPath] + source.files.map(\.path))
    let count = min(limit ?? source.count, source.count)
    let values = try source.vectors(Array(0..<count))
    let batch = try VectorBatch(values.span, dimension: source.dimension)
    let started = ContinuousClock.now
    let found = try index.search(
      batch, k: neighbours, options: SearchOptions(execution: execution))
    let elapsed = (ContinuousClock.now - started) / .seconds(1)
    work.note("\(count) queries in \(seconds(elapsed)), \(Int(Double(count) / elapsed)) per second")
    if let outputIds { try NPYWriter.write(found.ids, columns: neighbours, to: outputIds) }
    if let outputDistances {
      try NPYWriter.write(found.distances, columns: neighbours, to: outputDistances)
    }
    if work.json {
      try Output.json(
        (0..<count).map { query in
          found.row(query).map { Found(id: $0.id, distance: $0.distance) }
        })
    } else if outputIds == nil, outputDistances == nil {
      for query in 0..<count {
        let line = found.row(query).map { "\($0.id) (\($0.distance))" }.joined(separator: ", ")
        Output.print("query \(query): \(line)")
      }
    }
  }

  private struct Found: Encodable {
    var id: Int64
    var distance: Float
  }
}
