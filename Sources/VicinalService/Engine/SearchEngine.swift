import Dispatch
import Foundation
package import Logging
import Synchronization
package import VicinalCore
package import VicinalMessages

/// The vectors of a folder: searched by many threads at once, changed by one thread of its own.
///
/// A search uses the version of the index that was published last, and never waits for a change. A
/// change is answered when it is on stable storage and its version is published, so whoever got the
/// answer finds what it changed.
package final class SearchEngine: Sendable {
  package let store: VectorStore
  package let metric: ServiceMetric
  private let published: Mutex<IndexVersion?>
  private let queue = Mutex(ChangeQueue())
  private let arrivals = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  private let activeSearches = Atomic<Int>(0)
  private let logger: Logger

  /// A change that waits for its turn.
  struct QueuedChange: Sendable {
    var change: ChangeRequest
    var name: [UInt8]
    var isNamed: Bool
    var digest: RequestDigest
    var arrived: ContinuousClock.Instant
    var answer: @Sendable (Result<ChangeOutcome, ServiceError>) -> Void
  }

  private struct ChangeQueue {
    var waiting: [QueuedChange] = []
    var isClosed = false
  }

  /// How long answers are usually kept for requests that are sent again, in seconds.
  package static let usualKeptSeconds = 60.0

  /// Opens the folder, reads its vectors and begins to take changes.
  ///
  /// - Parameter keptSeconds: For so long a change that is sent again is answered and not applied.
  /// - Throws: As ``VectorStore``.
  /// - Complexity: O(n · d), the reading of all vectors.
  package init(
    folder: String, metric: ServiceMetric, durability: Durability, logger: Logger,
    keptSeconds: Double = usualKeptSeconds
  ) throws(IndexError) {
    store = try VectorStore(folder: folder, durability: durability)
    self.metric = metric
    self.logger = logger
    let state = try ChangeWriter.State(reading: store, metric: metric)
    published = Mutex(state.version)
    let answered = try state.answered(of: store, keptSeconds: keptSeconds)
    Thread.detachNewThread { [self] in
      Thread.current.name = "vicinal-changes"
      let writer = ChangeWriter(self, state, answered, checkpoints: durability == .interval)
      run(writer)
      hasEnded.signal()
    }
  }

  // MARK: Searching

  /// The version of the index that holds all answered changes; `nil` before the first.
  package var version: IndexVersion? { published.withLock { $0 } }

  func publish(_ version: IndexVersion?) { published.withLock { $0 = version } }

  /// Searches the published version.
  package func search(
    _ request: SearchRequest, k: Int
  ) throws(ServiceError) -> Neighbors {
    guard let version else {
      throw ServiceError(.noIndex, "there are no vectors yet; send create or add first")
    }
    // A search alone takes all cores, many at once take one each.
    let active = activeSearches.wrappingAdd(1, ordering: .relaxed).newValue
    defer { activeSearches.wrappingSubtract(1, ordering: .relaxed) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return try version.search(request, k: k, workers: max(1, cores / active))
  }

  // MARK: Changing

  /// Applies a change in its turn. The answer comes from another thread.
  ///
  /// - Parameters:
  ///   - id: The client's own name for the request, if it gave one.
  ///   - arrived: When the request came.
  package func submit(
    _ change: ChangeRequest, id: String?, digest: RequestDigest,
    arrived: ContinuousClock.Instant = .now,
    answer: @escaping @Sendable (Result<ChangeOutcome, ServiceError>) -> Void
  ) {
    let queued = QueuedChange(
      change: change, name: id.map { Array($0.utf8) } ?? digest.bytes, isNamed: id != nil,
      digest: digest, arrived: arrived, answer: answer)
    let isTaken = queue.withLock { queue in
      if !queue.isClosed { queue.waiting.append(queued) }
      return !queue.isClosed
    }
    if isTaken {
      arrivals.signal()
    } else {
      answer(.failure(ServiceError(.shuttingDown, "the service is ending; nothing was applied")))
    }
  }

  /// Changes that wait for their turn.
  package var queuedChanges: Int { queue.withLock { $0.waiting.count } }

  /// Applies what was submitted, then closes the store.
  package func close() {
    queue.withLock { $0.isClosed = true }
    arrivals.signal()
    hasEnded.wait()
    do { try store.close() } catch { logger.error("closing the store failed: \(error)") }
  }

  /// The life of the thread that applies changes.
  private func run(_ writer: consuming ChangeWriter) {
    while true {
      // The checkpoints of `interval` need no arrival.
      _ = arrivals.wait(timeout: .now() + 1)
      let (waiting, isClosed) = queue.withLock { queue in
        defer { queue.waiting = [] }
        return (queue.waiting, queue.isClosed)
      }
      writer.apply(waiting)
      writer.checkpointIfDue()
      // Nothing is submitted after the queue was closed.
      if isClosed, waiting.isEmpty { return }
      if isClosed { arrivals.signal() }
    }
  }

  func log(_ level: Logger.Level, _ message: String) { logger.log(level: level, "\(message)") }
}
