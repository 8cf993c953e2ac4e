import ArgumentParser
import Vicinal

/// `vicinal search`: neighbours of the vectors in a file.
struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the nearest neighbours of query vectors.",
    discussion: """
      Indexes of binary vectors are searched with queries that are rows of unsigned bytes, 8 bits \
      in each; distances are then the whole numbers of bits that differ.
      """)

  @Option(
    parsing: .upToNextOption,
    help: """
      The index file, written by vicinal or faiss. Several files, a folder of them, or the path that \
      build-index --nb-indices-to-keep was given, are searched as one index.
      """)
  var indexPath: [String]

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

  @Option(help: "Write distances to this .npy file (float32, for bits int32; queries × k).")
  var outputDistances: String?

  @Flag(help: "Leave vectors in the mapped file instead of loading them.")
  var memoryMap = false

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard !indexPath.isEmpty else { throw ValidationError("--index-path needs a file or folder") }
    guard neighbours >= 1 else { throw ValidationError("-k must be at least 1, got \(neighbours)") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, got \(limit)") }
  }

  func run() throws {
    let execution = work.execution()
    var options = IndexFile.ReadOptions()
    options.isMapped = memoryMap
    options.execution = execution
    let paths = try IndexFile.partPaths(indexPath)
    if let path = paths.first, paths.count == 1, try BinaryIndexFile.recognizes(path) {
      try searchBits(BinaryIndexFile.read(path, options: options), execution)
    } else {
      try searchFloats(IndexFile.readParts(paths, options: options), execution)
    }
  }

  private func searchFloats(_ read: any VectorIndex, _ execution: Execution) throws {
    var index = read
    try indexParam?.settings.apply(to: &index)
    let source = try openQueries()
    let count = min(limit ?? source.count, source.count)
    let values = try source.vectors(Array(0..<count))
    let batch = try VectorBatch(values.span, dimension: source.dimension)
    let started = ContinuousClock.now
    let found = try index.search(
      batch, k: neighbours, options: SearchOptions(execution: execution))
    noteSpeed(count, since: started)
    if let outputDistances {
      try NPYWriter.write(found.distances, columns: neighbours, to: outputDistances)
    }
    try report(found) { $0 }
  }

  private func searchBits(_ read: any BinaryIndex, _ execution: Execution) throws {
    var index = read
    try indexParam?.settings.apply(to: &index)
    let source = try openQueries()
    let count = min(limit ?? source.count, source.count)
    let bytes = try source.bytes(first: count)
    guard source.dimension == index.codeSize else {
      throw IndexError(
        .dimensionMismatch,
        "\(source.files[0].path) holds rows of \(source.dimension) bytes, but the vectors of the"
          + " index have \(index.codeSize) (\(index.dimension) bits)")
    }
    let batch = try BinaryBatch(bytes.span.rawBytes, dimension: index.dimension)
    let started = ContinuousClock.now
    let found = try index.search(
      batch, k: neighbours, options: SearchOptions(execution: execution))
    noteSpeed(count, since: started)
    // As faiss pads: the largest number where there is no neighbour.
    func bits(_ distance: Float) -> Int32 { Int32(exactly: distance) ?? .max }
    if let outputDistances {
      try NPYWriter.write(found.distances.map(bits), columns: neighbours, to: outputDistances)
    }
    try report(found, distance: bits)
  }

  /// Opens the queries once the index and its parameters are known to be right, and makes sure
  /// that results can be written.
  private func openQueries() throws -> EmbeddingFiles {
    let source = try reading.open(queries)
    try prepareOutputs(
      [("--output-ids", outputIds), ("--output-distances", outputDistances)],
      besides: IndexFile.partPaths(indexPath) + source.files.map(\.path))
    return source
  }

  private func noteSpeed(_ count: Int, since started: ContinuousClock.Instant) {
    let elapsed = (ContinuousClock.now - started) / .seconds(1)
    work.note("\(count) queries in \(seconds(elapsed)), \(Int(Double(count) / elapsed)) per second")
  }

  /// Writes the ids, and shows what is found where no file is wanted.
  private func report<Distance: Encodable>(
    _ found: Neighbors, distance: (Float) -> Distance
  ) throws {
    if let outputIds { try NPYWriter.write(found.ids, columns: neighbours, to: outputIds) }
    if work.json {
      try Output.json(
        (0..<found.queryCount).map { query in
          found.row(query).map { Found(id: $0.id, distance: distance($0.distance)) }
        })
    } else if outputIds == nil, outputDistances == nil {
      for query in 0..<found.queryCount {
        let line = found.row(query).map { "\($0.id) (\(distance($0.distance)))" }
          .joined(separator: ", ")
        try Output.print("query \(query): \(line)")
      }
    }
  }

  private struct Found<Distance: Encodable>: Encodable {
    var id: Int64
    var distance: Distance
  }
}
