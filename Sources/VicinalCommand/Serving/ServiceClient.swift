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
      ClientDelete.self, ClientChange.self, ClientGet.self, ClientOptimize.self,
      ClientSnapshot.self,
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

  @Option(parsing: .upToNextOption, help: "Find only these ids; below 0: --filter-ids=-5,7.")
  var filterIds: [IDList] = []

  @Option(
    help: """
      Find only ids of a range: FIRST:END, without the end; FIRST: for all from there on.
      """)
  var filterRange: String?

  @OptionGroup var reading: ReadingOptions

  func run() throws {
    let filter = try filter()
    let client = try service.client()
    try eachPart(of: try reading.open(queries)) { first, values, dimension in
      let found = try client.search(
        values, dimension: dimension, k: neighbours, filter: filter, parameters: param)
      for query in 0..<found.queryCount {
        let line = (query * found.k..<(query + 1) * found.k).filter { found.ids[$0] != -1 }
          .map { "\(found.ids[$0]) (\(found.distances[$0]))" }.joined(separator: ", ")
        try Output.print("query \(first + query): \(line)")
      }
    }
  }

  private func filter() throws(IndexError) -> ServiceFilter? {
    guard let filterRange else {
      return filterIds.isEmpty ? nil : .ids(filterIds.flatMap(\.ids))
    }
    guard filterIds.isEmpty else {
      throw IndexError(.invalidArgument, "--filter-ids and --filter-range exclude each other")
    }
    let ends = filterRange.split(separator: ":", omittingEmptySubsequences: false)
    if ends.count == 2, let first = Int64(ends[0]) {
      if ends[1].isEmpty { return .from(first) }
      if let end = Int64(ends[1]), first <= end { return .range(first..<end) }
    }
    throw IndexError(
      .invalidArgument, "--filter-range is FIRST:END, such as 100:200 or 100:, not \(filterRange)")
  }
}

/// Ids with commas between. What begins with a minus is taken for an option, unless it stands behind `=`.
struct IDList: ExpressibleByArgument {
  let ids: [Int64]

  init?(argument: String) {
    var ids: [Int64] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let id = Int64(part) else { return nil }
      ids.append(id)
    }
    self.ids = ids
  }
}

/// Hands over vectors in parts that a message may hold.
func eachPart(
  of source: EmbeddingFiles, _ body: (_ first: Int, [Float], _ dimension: Int) throws -> Void
) throws {
  let rows = max(1, (16 << 20) / (4 * source.dimension))
  for first in stride(from: 0, to: source.count, by: rows) {
    let part = Array(first..<min(first + rows, source.count))
    try body(first, source.vectors(part), source.dimension)
  }
}
