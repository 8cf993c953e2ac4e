import VicinalCore

/// How far a merge is.
package struct MergeProgress: Sendable {
  /// Why it was begun.
  package let reason: String
  /// What is being done, in a word or two.
  package private(set) var phase = "begin"
  /// Share of the phase that is done, 0…1, if that is known.
  package private(set) var fraction: Double?
  private let started = ContinuousClock.now
  private var phaseStarted = ContinuousClock.now

  init(reason: String) { self.reason = reason }

  mutating func note(_ progress: WorkProgress) {
    if progress.step != phase {
      phase = progress.step
      phaseStarted = .now
    }
    fraction = progress.total > 0 ? Double(progress.done) / Double(progress.total) : nil
  }

  /// Seconds since the merge began.
  package var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

  /// Seconds that the phase will still take if it goes on as it did.
  package var phaseSecondsLeft: Double? {
    guard let fraction, fraction > 0.01 else { return nil }
    return (ContinuousClock.now - phaseStarted) / .seconds(1) * (1 - fraction) / fraction
  }
}

/// What is known of merges.
package struct MergeStatus: Sendable {
  /// The merge that is going on.
  package var running: MergeProgress?
  /// Merges that were finished.
  package var finished = 0
  /// Those that extended the index that there was.
  package var extended = 0
  /// Why the last merge failed; `nil` if it did not.
  package var lastError: String?
  /// Seconds that the last one took.
  package var lastSeconds: Double?
}
