import ArgumentParser
import Vicinal

/// In how many steps, parts and files `build-index` works.
struct StepOptions: ParsableArguments {
  @Option(
    help: """
      Divide the vectors among so many indexes, index-path0, index-path1 …; ids go through. \
      vicinal search takes them together.
      """)
  var nbIndicesToKeep = 1

  @Flag(help: "Add the embeddings to the index at --index-path; its ids go on.")
  var append = false

  @Flag(
    help: """
      Keep finished steps in a folder beside the index, and go on from there if the command was \
      interrupted and is repeated.
      """)
  var resume = false

  @Option(help: "Vectors in each step that --resume keeps; as many as fit unless given.")
  var checkpointVectors: Int?

  @Option(help: ArgumentHelp("A trained index without vectors, to be filled.", visibility: .hidden))
  var trainedIndex: String?

  /// Refuses what contradicts itself.
  func check(isSaving: Bool) throws {
    guard nbIndicesToKeep >= 1 else {
      throw ValidationError("--nb-indices-to-keep must be at least 1, got \(nbIndicesToKeep)")
    }
    if let checkpointVectors, checkpointVectors < 1 {
      throw ValidationError("--checkpoint-vectors must be at least 1, got \(checkpointVectors)")
    }
    if checkpointVectors != nil, !resume {
      throw ValidationError("--checkpoint-vectors has no effect without --resume")
    }
    if !isSaving {
      let options = [
        ("--nb-indices-to-keep above 1", nbIndicesToKeep > 1), ("--append", append),
        ("--resume", resume),
      ]
      for (name, isGiven) in options where isGiven {
        throw ValidationError("\(name) writes files, which --no-save-on-disk forbids")
      }
    }
    if append {
      let others = [
        ("--nb-indices-to-keep", nbIndicesToKeep > 1), ("--resume", resume),
        ("--trained-index", trainedIndex != nil),
      ]
      for (name, isGiven) in others where isGiven {
        throw ValidationError("--append and \(name) do not go together")
      }
    }
  }
}
