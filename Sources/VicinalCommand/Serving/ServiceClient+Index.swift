import ArgumentParser
import Foundation
import Vicinal
import VicinalService

struct ClientGet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Prints the vectors of some ids as JSON, or writes them to a file.")

  @OptionGroup var service: ServiceAddress

  @Option(
    name: .customLong("ids"), parsing: .upToNextOption, help: "Their ids; below 0: --ids=-5,7.")
  var lists: [IDList]

  @Option(help: "Write the vectors to this .npy file instead.")
  var vectors: String?

  func run() throws {
    if let vectors { try prepareOutputs([("--vectors", vectors)], besides: []) }
    let ids = lists.flatMap(\.ids)
    let found = try service.client().vectors(ids)
    guard let vectors else {
      let rows = ids.indices.map { row in
        Array(found.values[row * found.dimension..<(row + 1) * found.dimension])
      }
      try Output.json(rows)
      return
    }
    try NPYWriter.write(found.values, columns: max(1, found.dimension), to: vectors)
    try Output.print("\(vectors): \(ids.count) vectors of dimension \(found.dimension)")
  }
}

struct ClientOptimize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimize",
    abstract: "Has the service choose and build another index in the background.")

  @OptionGroup var service: ServiceAddress

  @Option(help: "auto, flat or a factory string, until the service ends.")
  var index: String?

  @Option(help: "Share of the true neighbours that searches should find, until the service ends.")
  var targetRecall: Double?

  func run() throws {
    try service.client().optimize(index: index, targetRecall: targetRecall)
    try Output.print("started; vicinal client status and vicinal top show how far it is")
  }
}

struct ClientSnapshot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "Has the service write a snapshot, and waits for it.")

  @OptionGroup var service: ServiceAddress

  func run() throws {
    try Output.print("snapshot of change \(service.client().snapshot())")
  }
}
