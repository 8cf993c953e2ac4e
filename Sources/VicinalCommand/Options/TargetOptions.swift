import ArgumentParser

/// What a finished index must reach, and how it may be tuned for that.
struct TargetOptions: ParsableArguments {
  @Option(help: "Time that one query may take, in milliseconds.")
  var maxIndexQueryTimeMs = 10.0

  @Option(help: "Share of the true ten nearest at which tuning stops looking further, 0…1.")
  var targetRecall = 0.95

  @Flag(help: "Refused: there is no GPU support.")
  var useGpu = false

  func validate() throws {
    guard maxIndexQueryTimeMs > 0, maxIndexQueryTimeMs.isFinite else {
      throw ValidationError(
        "--max-index-query-time-ms must be a number above 0, got \(maxIndexQueryTimeMs)")
    }
    guard (0...1).contains(targetRecall) else {
      throw ValidationError("--target-recall must be 0…1, got \(targetRecall)")
    }
    if useGpu { throw ValidationError("--use-gpu: there is no GPU support; leave it out") }
  }
}

/// What tuning requires of a setting beside recall.
struct RetrievalOptions: ParsableArguments {
  @Option(help: "Of so many neighbours asked for, 99 % must come back.")
  var minNearestNeighborsToRetrieve = 20

  func validate() throws {
    guard minNearestNeighborsToRetrieve >= 1 else {
      throw ValidationError("--min-nearest-neighbors-to-retrieve must be at least 1")
    }
  }

  /// What is to be said if an index of so many vectors cannot give what was asked for.
  func remark(count: Int) -> String? {
    // The default is more than a few vectors can give; nobody asked for that.
    guard minNearestNeighborsToRetrieve > count,
      GivenOptions.contains("--min-nearest-neighbors-to-retrieve")
    else { return nil }
    return
      "--min-nearest-neighbors-to-retrieve \(minNearestNeighborsToRetrieve) is more than the"
      + " \(count) vectors of the index; all of them come back at most"
  }
}
