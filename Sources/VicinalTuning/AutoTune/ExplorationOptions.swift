public import VicinalCore

/// How ``ParameterSpace/explore(_:queries:criterion:options:)`` measures and when it stops.
public struct ExplorationOptions: Sendable {
  /// Combinations that are considered, skipped ones included: the fastest, the most accurate, and
  /// others drawn at random. 0 measures every combination, in order, and skips none. faiss:
  /// `n_experiments`.
  public var experiments = 500

  /// What combinations are drawn from. faiss: always 1234.
  public var seed: UInt64 = 1234

  /// Queries that are searched at once, at least 1; all unless set. 1 measures single searches.
  /// faiss: `batchsize`.
  public var batchSize: Int?

  /// Whether threads take a batch each, instead of all working on one batch. faiss:
  /// `thread_over_batches`.
  public var isThreadedOverBatches = false

  /// Searches are repeated until this much time was measured, against jitter. faiss:
  /// `min_test_duration`.
  public var leastDuration = Duration.zero

  /// No further combination is begun after this time.
  public var timeLimit: Duration?

  /// Combinations that must be slower than this, since one that is less thorough was, are skipped.
  public var slowestSearch: Duration?

  /// Threads, instruction set, progress (one step a combination), cancellation.
  public var execution: Execution

  /// faiss's defaults: 500 experiments, each one search of all queries on all threads.
  public init(execution: Execution = Execution()) { self.execution = execution }

  func validate() throws(IndexError) {
    guard experiments >= 0, batchSize ?? 1 >= 1 else {
      throw IndexError(
        .invalidArgument,
        "experiments must be at least 0 and the batch size at least 1, got \(experiments) and"
          + " \(batchSize ?? 0)")
    }
  }
}

/// What an exploration found.
public struct Exploration: Sendable, Equatable, Codable {
  /// What was measured.
  public var points = OperatingPoints()
  /// Combinations that were skipped, since measured ones show that they are not worthwhile or too
  /// slow.
  public var skipped: [Int] = []
  /// Whether ``ExplorationOptions/timeLimit`` ended it before all were considered.
  public var isCutShort = false
  /// Time that it took.
  public var seconds = 0.0
}
