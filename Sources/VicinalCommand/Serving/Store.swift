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

/// `vicinal store export`: ids and vectors as .npy files.
struct StoreExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the vectors and ids of a store as .npy files that build-index and numpy read."
  )

  @Option(help: "The folder of the store.")
  var dataDir: String

  @Option(help: "Write the vectors to this .npy file (float32, in the order of their ids).")
  var vectors: String

  @Option(help: "Write the ids to this .npy file (int64).")
  var ids: String

  func run() throws {
    try prepareOutputs([("--vectors", vectors), ("--ids", ids)], besides: [])
    let stored = try ServiceFolder.vectors(in: dataDir)
    try NPYWriter.write(stored.values, columns: max(1, stored.dimension), to: vectors)
    try NPYWriter.write(stored.ids, columns: 1, to: ids)
    try Output.print("\(dataDir): \(stored.ids.count) vectors of dimension \(stored.dimension)")
  }
}
