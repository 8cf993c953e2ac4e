import ArgumentParser
import Vicinal
import VicinalService

/// Vectors that are sent, and their ids.
struct SentVectors: ParsableArguments {
  @Option(parsing: .upToNextOption, help: "Files or folders of vectors.")
  var vectors: [String]

  @Option(help: "The id of the first vector; those behind it have the next ones (default: 0).")
  var firstId: Int64?

  @Option(help: "A file of their ids instead: .npy or .ivecs, an integer for each vector.")
  var ids: String?

  @OptionGroup var reading: ReadingOptions

  /// Sends all vectors, part by part, and says how many there were.
  func send(_ body: (SentRows, _ isFirst: Bool) throws -> ChangeCounts) throws {
    let source = try reading.open(vectors)
    let ids = try ids(of: source)
    var sequence = 0
    try eachPart(of: source) { first, values, dimension in
      let end = first + values.count / dimension
      sequence = try body(
        SentRows(ids: ids(first..<end), vectors: values, dimension: dimension), first == 0
      ).sequence
    }
    try Output.print("\(source.count) vectors, sequence \(sequence)")
  }

  private func ids(of source: EmbeddingFiles) throws(IndexError) -> (Range<Int>) -> [Int64] {
    guard let path = ids else {
      let begin = firstId ?? 0
      guard begin >= 0, Int64(source.count) <= Int64.max - begin else {
        throw IndexError(.invalidArgument, "--first-id must be 0 or more, got \(begin)")
      }
      return { $0.map { begin + Int64($0) } }
    }
    guard firstId == nil else {
      throw IndexError(.invalidArgument, "--ids and --first-id exclude each other")
    }
    let found = try sentIDs(path, count: source.count)
    return { Array(found[$0]) }
  }
}

/// The ids of a file, one for each of some vectors.
private func sentIDs(_ path: String, count: Int) throws(IndexError) -> [Int64] {
  let rows = try IntegerRows(path: path)
  guard rows.columns == 1, rows.count == count else {
    throw IndexError(
      .invalidArgument,
      "\(path) has \(rows.count) rows of \(rows.columns) integers, expected \(count) rows of one, an id"
        + " for each vector")
  }
  return rows.values
}

struct ClientCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Forgets all vectors and stores others; many are sent in parts, one after the other.")

  @OptionGroup var service: ServiceAddress
  @OptionGroup var sent: SentVectors

  func run() throws {
    let client = try service.client()
    try sent.send { rows, isFirst in
      try isFirst
        ? client.create(ids: rows.ids, vectors: rows.vectors, dimension: rows.dimension)
        : client.change(add: rows)
    }
  }
}

struct ClientAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Stores vectors under ids that are not there.")

  @OptionGroup var service: ServiceAddress
  @OptionGroup var sent: SentVectors

  func run() throws {
    let client = try service.client()
    try sent.send { rows, _ in try client.change(add: rows) }
  }
}

struct ClientUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Gives vectors that are there new values.")

  @OptionGroup var service: ServiceAddress
  @OptionGroup var sent: SentVectors

  func run() throws {
    let client = try service.client()
    try sent.send { rows, _ in try client.change(update: rows) }
  }
}

struct ClientDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Takes vectors out.")

  @OptionGroup var service: ServiceAddress

  @Option(parsing: .upToNextOption, help: "Their ids; below 0: --ids=-5,7.")
  var ids: [IDList]

  func run() throws {
    let counts = try service.client().delete(ids: ids.flatMap(\.ids))
    try Output.print("\(counts.deleted) deleted, \(counts.missing) were not there")
  }
}

struct ClientChange: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "change",
    abstract: "Deletes, updates and adds vectors in one request, all or none.")

  @OptionGroup var service: ServiceAddress

  @Option(parsing: .upToNextOption, help: "Files or folders of vectors to add.")
  var add: [String] = []

  @Option(help: "A file of their ids: .npy or .ivecs, an integer for each vector.")
  var addIds: String?

  @Option(parsing: .upToNextOption, help: "Files or folders of new values of vectors.")
  var update: [String] = []

  @Option(help: "A file of their ids.")
  var updateIds: String?

  @Option(parsing: .upToNextOption, help: "Ids of vectors that go; below 0: --delete=-5,7.")
  var delete: [IDList] = []

  @OptionGroup var reading: ReadingOptions

  func run() throws {
    let counts = try service.client().change(
      add: rows(add, addIds, "add"), update: rows(update, updateIds, "update"),
      delete: delete.isEmpty ? nil : delete.flatMap(\.ids))
    try Output.print(
      "\(counts.added) added, \(counts.updated) updated, \(counts.deleted) deleted,"
        + " \(counts.missing) were not there, sequence \(counts.sequence)")
  }

  private func rows(
    _ files: [String], _ ids: String?, _ name: String
  ) throws(IndexError) -> SentRows? {
    guard !files.isEmpty || ids != nil else { return nil }
    guard !files.isEmpty, let ids else {
      throw IndexError(.invalidArgument, "--\(name) and --\(name)-ids belong together")
    }
    let source = try reading.open(files)
    return SentRows(
      ids: try sentIDs(ids, count: source.count),
      vectors: try source.vectors(Array(0..<source.count)), dimension: source.dimension)
  }
}
