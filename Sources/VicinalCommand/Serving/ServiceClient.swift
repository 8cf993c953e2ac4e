import ArgumentParser
import Foundation
import Vicinal
import VicinalService

/// `vicinal client`: requests to a running service.
struct ServiceClient: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client",
    abstract: "Asks a running search service: status, search, get, create, add, update, delete …",
    subcommands: [
      ClientStatus.self, ClientSearch.self, ClientCreate.self, ClientAdd.self, ClientUpdate.self,
      ClientDelete.self, ClientGet.self, ClientOptimize.self, ClientSnapshot.self,
    ])
}

/// How a service is reached.
struct ServiceAddress: ParsableArguments {
  @Option(help: "The ØMQ address of the service.")
  var address = "tcp://127.0.0.1:14000"

  @Option(help: "Seconds until a request is sent again; three times in all.")
  var timeout = 10.0

  @Option(
    help: """
      The file of the service's public key, if it has one (or VICINAL_SERVER_KEY in the environment).
      """)
  var serverKey: String?

  @Option(
    help: """
      The file of this client's secret key, if the service has a list of clients (or \
      VICINAL_CLIENT_KEY in the environment).
      """)
  var clientKey: String?

  func client() throws -> SearchClient {
    try SearchClient(address, timeout: timeout, keys: keys())
  }

  private func keys() throws(IndexError) -> CurveClientKeys? {
    let environment = ProcessInfo.processInfo.environment
    let own = clientKey ?? environment["VICINAL_CLIENT_KEY"]
    guard let server = serverKey ?? environment["VICINAL_SERVER_KEY"] else {
      guard own == nil else {
        throw IndexError(
          .invalidArgument, "--client-key needs --server-key, the service's public key")
      }
      return nil
    }
    return try CurveClientKeys(
      serverKey: CurveKeyFiles.publicKey(in: server), own: own.map(CurveKeyFiles.pair))
  }
}

struct ClientStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Prints what the service says of itself, as JSON.")

  @OptionGroup var service: ServiceAddress

  func run() throws { try Output.print(service.client().status()) }
}

struct ClientSearch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Prints the nearest vectors of query vectors.")

  @OptionGroup var service: ServiceAddress

  @Option(parsing: .upToNextOption, help: "Files or folders of query vectors.")
  var queries: [String]

  @Option(name: [.customShort("k"), .customLong("k")], help: "Neighbours per query.")
  var neighbours: Int?

  @Option(help: "Search parameters for this search, nprobe=16.")
  var param: String?

  @OptionGroup var reading: ReadingOptions

  func run() throws {
    let client = try service.client()
    try eachPart(of: try reading.open(queries)) { first, values, dimension in
      let found = try client.search(values, dimension: dimension, k: neighbours, parameters: param)
      for query in 0..<found.queryCount {
        let line = (query * found.k..<(query + 1) * found.k).filter { found.ids[$0] != -1 }
          .map { "\(found.ids[$0]) (\(found.distances[$0]))" }.joined(separator: ", ")
        try Output.print("query \(first + query): \(line)")
      }
    }
  }
}

/// Vectors that are sent, and their ids.
struct SentVectors: ParsableArguments {
  @Option(parsing: .upToNextOption, help: "Files or folders of vectors.")
  var vectors: [String]

  @Option(help: "The id of the first vector; those behind it have the next ones.")
  var firstId: Int64 = 0

  @OptionGroup var reading: ReadingOptions

  /// Sends all vectors, part by part, and says how many there were.
  func send(_ body: ([Int64], [Float], Int, _ isFirst: Bool) throws -> ChangeCounts) throws {
    let source = try reading.open(vectors)
    guard firstId >= 0, Int64(source.count) <= Int64.max - firstId else {
      throw IndexError(.invalidArgument, "--first-id must be 0 or more, got \(firstId)")
    }
    var sequence = 0
    try eachPart(of: source) { first, values, dimension in
      let begin = firstId + Int64(first)
      let ids = Array(begin..<begin + Int64(values.count / dimension))
      sequence = try body(ids, values, dimension, first == 0).sequence
    }
    try Output.print("\(source.count) vectors, sequence \(sequence)")
  }
}

struct ClientCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Forgets all vectors and stores others; many are sent in parts, one after the other.")

  @OptionGroup var service: ServiceAddress
  @OptionGroup var sent: SentVectors

  func run() throws {
    let client = try service.client()
    try sent.send { ids, values, dimension, isFirst in
      try isFirst
        ? client.create(ids: ids, vectors: values, dimension: dimension)
        : client.add(ids: ids, vectors: values, dimension: dimension)
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
    try sent.send { ids, values, dimension, _ in
      try client.add(ids: ids, vectors: values, dimension: dimension)
    }
  }
}

struct ClientUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Gives vectors that are there new values.")

  @OptionGroup var service: ServiceAddress
  @OptionGroup var sent: SentVectors

  func run() throws {
    let client = try service.client()
    try sent.send { ids, values, dimension, _ in
      try client.update(ids: ids, vectors: values, dimension: dimension)
    }
  }
}

struct ClientDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Takes vectors out.")

  @OptionGroup var service: ServiceAddress

  @Option(parsing: .upToNextOption, help: "Their ids.")
  var ids: [Int64]

  func run() throws {
    let counts = try service.client().delete(ids: ids)
    try Output.print("\(counts.deleted) deleted, \(counts.missing) were not there")
  }
}

/// Hands over vectors in parts that a message may hold.
private func eachPart(
  of source: EmbeddingFiles, _ body: (_ first: Int, [Float], _ dimension: Int) throws -> Void
) throws {
  let rows = max(1, (16 << 20) / (4 * source.dimension))
  for first in stride(from: 0, to: source.count, by: rows) {
    let part = Array(first..<min(first + rows, source.count))
    try body(first, source.vectors(part), source.dimension)
  }
}
