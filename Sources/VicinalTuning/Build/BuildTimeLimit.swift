import VicinalCore

/// The time that a build may take from its first step to its last.
///
/// What can end early does: training stops between its rounds with what it has once half of the time
/// is over that was left when it began, and tuning begins no further setting after the end. Vectors
/// are added whatever that takes, since an index without some of them is of no use; a build that
/// took too long for that says by how much.
public struct BuildTimeLimit: Sendable {
  /// The time allowed.
  public let duration: Duration

  private let elapsed: @Sendable () -> Duration

  /// The share of the time left that training may take. Adding visits all vectors once, training a
  /// sample of them a few times: about the same.
  static let trainingShare = 0.5

  /// The share of all the time that tuning may take in any case: an index with wrong parameters is
  /// worth less than one that is a little late.
  static let tuningShare = 0.1

  /// A limit from some instant on.
  public init(_ duration: Duration, since start: ContinuousClock.Instant = .now) {
    self.init(duration) { .now - start }
  }

  /// A limit with a clock of its own.
  ///
  /// - Parameter elapsed: The time since the build began.
  public init(_ duration: Duration, elapsed: @escaping @Sendable () -> Duration) {
    self.duration = duration
    self.elapsed = elapsed
  }

  /// The time left, never negative.
  public var left: Duration { max(.zero, duration - elapsed()) }

  /// The time for tuning that begins now.
  public var leftForTuning: Duration { max(duration * Self.tuningShare, left) }

  /// The same work, ending its training early enough if that begins now.
  ///
  /// - Parameter flag: Set when training has rounds left and is ended.
  func limitingTraining(of execution: Execution, noting flag: Flag) -> Execution {
    let begun = elapsed()
    let end = begun + max(.zero, duration - begun) * Self.trainingShare
    var limited = execution
    let before = execution.shouldEndTraining
    let elapsed = elapsed
    limited.shouldEndTraining = {
      if before?() == true { return true }
      guard elapsed() >= end else { return false }
      flag.set()
      return true
    }
    return limited
  }

  /// What to say after training that was ended.
  static let cutRemark = "training was cut short to keep the time allowed for building"

  /// What to say at the end of a build that took longer; `nil` if it did not.
  ///
  /// - Parameter steps: What took how long.
  public func remark(_ steps: [StepTime]) -> String? {
    let taken = elapsed()
    guard taken > duration else { return nil }
    func text(_ seconds: Double) -> String { "\(seconds.rounded(places: 1)) s" }
    let longest = steps.filter { $0.seconds >= 0.05 }.sorted { $0.seconds > $1.seconds }.prefix(3)
      .map { "\($0.step) \(text($0.seconds))" }
    return "building took \(text(taken / .seconds(1))), \(text((taken - duration) / .seconds(1)))"
      + " more than the \(text(duration / .seconds(1))) allowed"
      + (longest.isEmpty ? "" : " (\(longest.joined(separator: ", ")))")
      + ": vectors are added whatever that takes, and a trial or a setting that was begun is ended"
  }
}
