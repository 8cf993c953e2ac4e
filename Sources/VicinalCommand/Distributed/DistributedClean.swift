import ArgumentParser
import Vicinal

/// Removes the files of a level, or the whole folder of a build, and the folder above it if that is
/// empty then and was made for us.
struct DistributedClean: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Remove what is not needed any more.")

  @Option(help: "The folder of this build alone.")
  var scratch: String

  @Option(help: "Only the files of this level.")
  var level: Int?

  func run() throws {
    let folder = try FileLocation(scratch)
    guard let level else { return try folder.deleteFolder() }
    try StepFolder(folder).stage(level).deleteFolder()
  }
}
