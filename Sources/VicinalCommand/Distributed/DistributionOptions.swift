import ArgumentParser
import Vicinal

/// Whether and how a build is spread over a cluster.
struct DistributionOptions: ParsableArguments {
  /// What spreads the work.
  enum System: String, ExpressibleByArgument, CaseIterable {
    case pyspark
  }

  @Option(help: "pyspark: fill the index on a Spark cluster, or in local processes of Spark.")
  var distributed: System?

  @Option(
    help: """
      With --distributed, a folder that all machines reach for what is not finished; a folder beside \
      the index unless given. It is emptied at the end.
      """)
  var temporaryIndicesFolder: String?

  @Option(help: "With --distributed, vectors that a task fills an index with at most.")
  var vectorsPerTask = TaskDivision.mostRows

  @Option(
    help: "With --distributed, the master of the cluster: spark://host:7077, local[4] …")
  var sparkMaster: String?

  @Option(
    help: "With --distributed, a Python that has pyspark; VICINAL_PYTHON or python3 unless given.")
  var sparkPython: String?

  /// Whether the build is spread.
  var isWanted: Bool { distributed != nil }

  func validate() throws {
    guard vectorsPerTask >= 1 else {
      throw ValidationError("--vectors-per-task must be at least 1, got \(vectorsPerTask)")
    }
  }

  /// Refuses options of a cluster where none is used. `--temporary-indices-folder` is not among them:
  /// AutoFaiss has a default for it, which scripts spell out.
  private func refuseAlone() throws {
    // Steps of a distributed build get the options of the whole.
    guard CommandLine.arguments.dropFirst().first != "distributed" else { return }
    for name in ["--spark-master", "--spark-python", "--vectors-per-task"]
    where GivenOptions.contains(name) {
      throw ValidationError("\(name) has no effect without --distributed pyspark")
    }
  }

  /// Refuses what cannot be spread.
  func check(_ steps: StepOptions, isSaving: Bool) throws {
    guard isWanted else { return try refuseAlone() }
    let others = [
      ("--append", steps.append), ("--resume", steps.resume), ("--no-save-on-disk", !isSaving),
      ("--checkpoint-vectors", steps.checkpointVectors != nil),
    ]
    for (name, isGiven) in others where isGiven {
      throw ValidationError("--distributed and \(name) do not go together")
    }
  }
}
