import ArgumentParser
import Foundation
import Vicinal
import VicinalService

/// `vicinal store`: the folder of a service that does not run.
struct Store: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fills the folder of a search service, or writes its vectors to files.",
    subcommands: [StoreImport.self, StoreExport.self])
}

/// `vicinal store import`: what the original saved becomes a store.
struct StoreImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Fills an empty folder from the pickled dictionary of Maestro's FAISS module.",
    discussion: """
      Understood are {id: vector}, {"ids": …, "vectors": …}, [{"vector": …, "id": …}, …] and a create \
      request, as a pickle, a zlib pickle or JSON. Nothing in a pickle is executed.
      """)

  @Option(help: "The folder of the store. It is made if it is missing.")
  var dataDir: String

  @Argument(help: "The file.")
  var file: String

  func run() throws {
    let count = try ServiceFolder.fill(dataDir, from: file)
    try Output.print("\(dataDir): \(count) vectors")
  }
}

/// `vicinal store export`: ids and vectors as parquet or .npy files.
struct StoreExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the vectors and ids of a store to parquet or .npy files, for build-index.",
    discussion: """
      A file that is named .parquet becomes parquet: --vectors x.parquet holds the columns id (int64) and \
      embedding, for build-index --file-format parquet --id-columns id.
      """)

  @Option(help: "The folder of the store.")
  var dataDir: String

  @Option(
    help: "Write the vectors to this file, .parquet or .npy (float32, in the order of their ids).")
  var vectors: String

  @Option(
    help: """
      Write the ids to this file, .parquet or .npy (int64). Parquet vectors have them beside them.
      """)
  var ids: String?

  func validate() throws {
    guard ids != nil || vectors.lowercased().hasSuffix(".parquet") else {
      throw ValidationError("--ids is missing: only parquet files hold ids beside the vectors")
    }
  }

  func run() throws {
    try prepareOutputs([("--vectors", vectors), ("--ids", ids)], besides: [])
    let written = try ServiceFolder.export(dataDir, vectors: vectors, ids: ids)
    try Output.print("\(dataDir): \(written.count) vectors of dimension \(written.dimension)")
  }
}
