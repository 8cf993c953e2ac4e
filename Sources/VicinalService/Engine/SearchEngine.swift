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
  /// Where the store is.
  let folder: String
  package let snapshots: SnapshotFolder
  private let published: Mutex<IndexVersion?>
  private let queue = Mutex(ChangeQueue())
  private let arrivals = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  private let activeSearches = Atomic<Int>(0)
  private let combiner: SearchCombiner
  /// Bytes of the changes that may wait.
  private let mostWaitingBytes: Int
  private let logger: Logger
  let merger: Merger
  /// Writes snapshots one after the other.
  private let saving = DispatchQueue(label: "vicinal-snapshots")
  private let isClosing = Atomic<Bool>(false)
  /// Whether a change needs the room that snapshots take.
  private let isRoomWanted = Atomic<Bool>(false)

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
    /// Of those that wait or are being applied.
    var bytes = 0
    var isClosed = false
    /// Whether the thread of changes has some that are not answered.
    var isBusy = false
  }

  /// How long answers are usually kept for requests that are sent again, in seconds.
  package static let usualKeptSeconds = 60.0

  /// Opens the folder, reads its vectors and begins to take changes.
  ///
  /// - Parameters:
  ///   - policy: Which index there should be, and when changes are merged into it.
  ///   - snapshotSeconds: Snapshots are written so often; 0 for only after merges and at the end.
  ///   - keptSeconds: For so long a change that is sent again is answered and not applied.
  ///   - searches: How many run at once.
  ///   - waitingBytes: Bytes of the searches, and of the changes, that may wait; what is beyond is answered
  ///     `busy`.
  /// - Throws: As ``VectorStore``.
  /// - Complexity: O(n · d), the reading of all vectors; with a snapshot that of its files.
  package init(
    folder: String, metric: ServiceMetric, durability: Durability, logger: Logger,
    policy: MergePolicy = MergePolicy(), snapshotSeconds: Double = 0,
    keptSeconds: Double = usualKeptSeconds, searches: Int? = nil, waitingBytes: Int = 1 << 30
  ) throws(IndexError) {
    combiner = SearchCombiner(
      places: searches ?? ProcessorCount.active, mostBytes: waitingBytes)
    mostWaitingBytes = waitingBytes
    store = try VectorStore(folder: folder, durability: durability)
    self.folder = folder
    self.metric = metric
    self.logger = logger
    let head: StoreHead
    do { head = try store.head() } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
    StoreCopy.removeLeftover(in: folder)
    snapshots = SnapshotFolder(
      folder + "/snapshots", metric: metric, store: head, logger: logger)
    let state: VersionState
    if let saved = try snapshots.load(store) {
      state = saved
    } else {
      state = try VersionState(reading: store, metric: metric)
    }
    published = Mutex(state.version)
    let answered = try AnsweredRequests(of: store, keptSeconds: keptSeconds)
    merger = Merger(policy, snapshotSeconds: snapshotSeconds)
    // The thread must hold the state alone, or changes would copy it.
    let box = StateBox(state)
    Thread.detachNewThread { [self] in
      Thread.current.name = "vicinal-changes"
      if let state = box.take() {
        run(ChangeWriter(self, state, answered, checkpoints: durability == .interval))
      }
      hasEnded.signal()
    }
    merger.start(self)
  }

  // MARK: Searching

  /// The version of the index that holds all answered changes; `nil` before the first.
  package var version: IndexVersion? { published.withLock { $0 } }

  func publish(_ version: IndexVersion?) { published.withLock { $0 = version } }

  /// Searches the published version, together with other searches where they wait for a core. The answer
  /// may come from another thread.
  package func search(
    _ request: SearchRequest, k: Int, answer: @escaping SearchCombiner.Answer
  ) {
    // What cannot be searched for must not wait, and take memory.
    do throws(ServiceError) { try requireVersion().require(request) } catch {
      return answer(.failure(error))
    }
    combiner.submit(
      request, k: k,
      search: { request, k in
        Result { () throws(ServiceError) in try search(request, k: k) }
      }, answer: answer)
  }

  /// Searches the published version.
  package func search(
    _ request: SearchRequest, k: Int
  ) throws(ServiceError) -> Neighbors {
    let version = try requireVersion()
    // A search alone takes all cores, many at once take one each.
    let active = activeSearches.wrappingAdd(1, ordering: .relaxed).newValue
    defer { activeSearches.wrappingSubtract(1, ordering: .relaxed) }
    let cores = ProcessorCount.active
    return try version.search(
      request, k: k, workers: max(1, cores / active), isCancelled: { [store] in store.isInHurry }
    ) { ids in
      try store.vectors(ids, through: version.main?.sequence ?? 0)
    }
  }

  private func requireVersion() throws(ServiceError) -> IndexVersion {
    guard let version else {
      throw ServiceError(.noIndex, "there are no vectors yet; send create or add first")
    }
    return version
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
    let refusal = queue.withLock { queue -> ServiceError? in
      guard !queue.isClosed else {
        return ServiceError(.shuttingDown, "the service is ending; nothing was applied")
      }
      guard queue.bytes + change.bytes <= mostWaitingBytes || queue.waiting.isEmpty else {
        return ServiceError(.busy, "too many changes are waiting; nothing was applied, try again")
      }
      queue.bytes += change.bytes
      queue.waiting.append(queued)
      return nil
    }
    if let refusal { return answer(.failure(refusal)) }
    arrivals.signal()
  }

  /// Changes that wait for their turn.
  package var queuedChanges: Int { queue.withLock { $0.waiting.count } }

  /// Whether changes wait or are being stored; `false` only after all of them were answered.
  var isChanging: Bool { queue.withLock { !$0.waiting.isEmpty || $0.isBusy } }

  /// Ends what takes long, with `shuttingDown`: searches, readings, and changes that are not stored
  /// yet. For the end.
  func hurry() {
    guard !store.isInHurry else { return }
    queue.withLock { $0.isClosed = true }
    store.hurry()
  }

  /// Applies what was submitted, saves a snapshot if that is quick, and closes the store. A merge is
  /// cancelled.
  package func close() {
    queue.withLock { $0.isClosed = true }
    merger.close()
    arrivals.signal()
    hasEnded.wait()
    saveLastSnapshot()
    do { try store.close() } catch { logger.error("closing the store failed: \(error)") }
  }

  /// The life of the thread that applies changes.
  private func run(_ writer: consuming ChangeWriter) {
    while true {
      // The checkpoints of `interval` need no arrival.
      _ = arrivals.wait(timeout: .now() + 1)
      let (waiting, isClosed) = queue.withLock { queue in
        defer { queue.waiting = [] }
        queue.isBusy = !queue.waiting.isEmpty
        return (queue.waiting, queue.isClosed)
      }
      writer.apply(waiting)
      let bytes = waiting.reduce(0) { $0 + $1.change.bytes }
      queue.withLock { queue in
        queue.isBusy = false
        queue.bytes -= bytes
      }
      writer.adoptMerged()
      writer.checkpointIfDue()
      // Nothing is submitted after the queue was closed.
      if isClosed, waiting.isEmpty { return }
      if isClosed { arrivals.signal() }
    }
  }

  /// Lets the thread of changes see what a merge made.
  func wakeWriter() { arrivals.signal() }

  // MARK: Merges and snapshots

  /// What is known of merges.
  package var mergeStatus: MergeStatus { merger.status }

  /// Chooses and builds the main index anew, in the background.
  ///
  /// - Parameters:
  ///   - wish: Another kind of index from now on; `nil` for the same.
  ///   - targetRecall: Another recall from now on.
  package func optimize(_ wish: IndexWish? = nil, targetRecall: Double? = nil) {
    merger.request(wish, targetRecall: targetRecall)
  }

  /// Saves the published version. The answer comes from another thread.
  package func saveSnapshot(
    _ answer: @escaping @Sendable (Result<Int64, IndexError>) -> Void
  ) {
    saving.async { [self] in answer(writeSnapshot()) }
  }

  /// Saves the published version, and waits for it.
  func saveSnapshotNow() { _ = saving.sync { writeSnapshot() } }

  private func writeSnapshot() -> Result<Int64, IndexError> {
    guard let version else { return .success(0) }
    let started = ContinuousClock.now
    do throws(IndexError) {
      if !snapshots.holds(version) {
        try snapshots.write(version) { [self] in
          isClosing.load(ordering: .acquiring) || isRoomWanted.load(ordering: .acquiring)
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        log(.info, "snapshot of change \(version.sequence) written in \(seconds) s")
      }
      return .success(version.sequence)
    } catch {
      log(.error, "a snapshot could not be written: \(error.message)")
      return .failure(error)
    }
  }

  /// Removes all snapshots, and ends the one that is being written: the store has everything.
  ///
  /// - Returns: Whether there was something to remove.
  func makeRoom() -> Bool {
    isRoomWanted.store(true, ordering: .releasing)
    defer { isRoomWanted.store(false, ordering: .releasing) }
    return saving.sync { snapshots.removeAll() }
  }

  /// Bytes that are saved at the end at most: more could take longer than an end may take.
  private static let lastSnapshotBytes = 256 << 20

  /// Saves a snapshot at the end, if that is quick; the store has everything in any case.
  private func saveLastSnapshot() {
    guard !store.isInHurry, let version,
      version.unsavedBytes(beside: snapshots) <= Self.lastSnapshotBytes
    else {
      return
    }
    let hasSaved = DispatchSemaphore(value: 0)
    saving.async { [self] in
      _ = writeSnapshot()
      hasSaved.signal()
    }
    if hasSaved.wait(timeout: .now() + 2) == .timedOut {
      isClosing.store(true, ordering: .releasing)
    }
  }

  func log(_ level: Logger.Level, _ message: String) { logger.log(level: level, "\(message)") }
}

/// Carries a state to the thread that changes it.
private final class StateBox: Sendable {
  private let state: Mutex<VersionState?>

  init(_ state: VersionState) { self.state = Mutex(state) }

  func take() -> VersionState? { state.withLock { $0.take() } }
}
