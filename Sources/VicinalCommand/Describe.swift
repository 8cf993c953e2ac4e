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
    var description = try IndexFile.describe(indexPath)
    // Indexes of binary vectors are a format of their own.
    if description.code.hasPrefix("IB"), let binary = try? BinaryIndexFile.describe(indexPath) {
      description = binary
    }
    if json { return try Output.json(description) }
    try Output.print(description.text)
  }
}
