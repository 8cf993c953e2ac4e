import ArgumentParser
import Vicinal

/// `vicinal distributed`: the steps of a distributed build, each a process of its own on whatever
/// machine of the cluster. Every step writes its files under their names when they are complete, and
/// the same bytes each time, so that it may be repeated or run twice at once.
struct Distributed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Steps of a distributed build, for the program that spreads them.",
    discussion: """
      docs/distributed.md tells what the steps are. --distributed pyspark runs them on Spark; \
      anything else that starts processes on machines can run them too.
      """,
    shouldDisplay: false,
    subcommands: [
      DistributedTrain.self, DistributedAdd.self, DistributedIDs.self, DistributedMerge.self,
      DistributedTune.self, DistributedWrite.self, DistributedReport.self, DistributedClean.self,
      DistributedPartitions.self,
    ])
}

/// What every step is told: the folder of what is not finished, and all options of `build-index`.
struct StepArguments: ParsableArguments {
  @Option(help: "The folder of this build alone, which all machines reach.")
  var scratch: String

  @OptionGroup var build: BuildIndex

  func folder() throws(IndexError) -> StepFolder { try StepFolder(FileLocation(scratch)) }
}

/// What a step says on standard output: the most memory that it took.
struct StepResult: Encodable {
  var peakMemory = peakResidentMemory()
}
