import ArgumentParser
import Vicinal

/// `vicinal describe`: what an index file holds.
struct Describe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells what an index file holds, without loading it.")

  @Argument(help: "An index file, written by vicinal or faiss.")
  var indexPath: String

  @Flag(help: "Print as JSON.")
  var json = false

  func run() throws {
    let description = try IndexFile.describe(indexPath)
    if json { return try Output.json(description) }
    Output.print(description.text)
  }
}
