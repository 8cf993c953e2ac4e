import Dispatch
import Foundation
import Logging
import Synchronization
import VicinalCore
import VicinalIndexes
import VicinalMessages

/// The thread that puts the large part of the vectors into a new main index when enough has changed,
/// and saves snapshots now and then. Searches and changes go on meanwhile.
final class Merger: Sendable {
  private let snapshotSeconds: Double
  let log = ChangeLog()
  private let wakeUp = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  private let isClosed = Atomic<Bool>(false)
  private let state: Mutex<State>
  /// On its way to the thread of changes.
  private let prepared = Mutex<VersionState?>(nil)
  /// What that thread gives back to be freed.
  private let replaced = Mutex<VersionState?>(nil)
  private let isAdopted = DispatchSemaphore(value: 0)

  private struct State {
    var policy: MergePolicy
    var status = MergeStatus()
    /// Why there should be a merge; `isWished` if a client wants it whatever the policy says.
    var wanted: (reason: String, isWished: Bool)?
    /// As many vectors as there were when `auto` last chose to stay flat.
    var flatAt = 0
    var failures = 0
    var notBefore = ContinuousClock.now
    var wasAdopted = false
    /// What the policy was before a client wished for something that is not made yet.
    var before: (wish: IndexWish, targetRecall: Double)?
  }

  init(_ policy: MergePolicy, snapshotSeconds: Double) {
    self.snapshotSeconds = snapshotSeconds
    state = Mutex(State(policy: policy))
  }

  /// Begins to look after an engine.
  func start(_ engine: SearchEngine) {
    Thread.detachNewThread { [self] in
      Thread.current.name = "vicinal-merges"
      run(engine)
      hasEnded.signal()
    }
  }

  /// Ends the thread: a merge is cancelled. What cannot end soon is not waited for.
  func close() {
    isClosed.store(true, ordering: .releasing)
    wakeUp.signal()
    _ = hasEnded.wait(timeout: .now() + 1)
  }

  var status: MergeStatus { state.withLock { $0.status } }

  /// Merges soon if enough has changed. Called after each change, so it looks at numbers only.
  func consider(_ version: IndexVersion) {
    let isWanted = state.withLock { state in
      guard state.wanted == nil, state.status.running == nil, .now >= state.notBefore,
        let reason = state.policy.reason(for: version, flatAt: state.flatAt)
      else { return false }
      state.wanted = (reason, false)
      return true
    }
    if isWanted { wakeUp.signal() }
  }

  /// Merges as soon as no other merge is going on.
  ///
  /// - Parameters:
  ///   - wish: Another kind of index from now on; `nil` for the same.
  ///   - targetRecall: Another recall from now on.
  func request(_ wish: IndexWish?, targetRecall: Double?) {
    state.withLock { state in
      if state.before == nil { state.before = (state.policy.wish, state.policy.targetRecall) }
      if let wish { state.policy.wish = wish }
      if let targetRecall { state.policy.targetRecall = targetRecall }
      state.wanted = ("a client asked for it", true)
    }
    wakeUp.signal()
  }

  // MARK: The thread

  private func run(_ engine: SearchEngine) {
    var nextSnapshot = ContinuousClock.now + .seconds(snapshotSeconds)
    while !isClosed.load(ordering: .acquiring) {
      _ = wakeUp.wait(timeout: .now() + 1)
      let wanted = state.withLock { state in
        defer { state.wanted = nil }
        if let wanted = state.wanted { state.status.running = MergeProgress(reason: wanted.reason) }
        return state.wanted
      }
      if let wanted { merge(engine, wanted.reason, isWished: wanted.isWished) }
      if snapshotSeconds > 0, ContinuousClock.now >= nextSnapshot {
        engine.saveSnapshot { _ in }
        nextSnapshot = .now + .seconds(snapshotSeconds)
      }
      if wanted == nil, let version = engine.version { consider(version) }
    }
  }

  private func merge(_ engine: SearchEngine, _ reason: String, isWished: Bool) {
    engine.log(.info, "merge begins: \(reason)")
    let started = ContinuousClock.now
    var failure: IndexError?
    do throws(IndexError) {
      try tryMerge(engine, isWished: isWished)
    } catch {
      failure = error
    }
    log.close()
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    state.withLock { state in
      state.status.running = nil
      if let failure, failure.code != .cancelled {
        state.failures += 1
        state.status.lastError = failure.message
        // A wish that cannot be fulfilled must not keep the index from being what it was to be.
        if isWished, let before = state.before, state.wanted == nil {
          (state.policy.wish, state.policy.targetRecall) = before
          state.before = nil
        }
        // What failed will fail again for a while: too few vectors, no room.
        state.notBefore = .now + .seconds(min(3600, 30 * Double(1 << min(7, state.failures - 1))))
      } else if failure == nil {
        if isWished { state.before = nil }
        state.failures = 0
        state.status.lastError = nil
        state.status.finished += 1
        state.status.lastSeconds = seconds
      }
    }
    if isWished, failure?.code == .cancelled, !isClosed.load(ordering: .acquiring) {
      // Everything was forgotten meanwhile; the wish was not.
      state.withLock { $0.wanted = (reason, true) }
      wakeUp.signal()
    }
    if let failure {
      let level: Logger.Level = failure.code == .cancelled ? .info : .error
      engine.log(level, "merge ended without a result: \(failure.message)")
    } else if let version = engine.version {
      engine.log(
        .info,
        "merged: \(version.main?.facts.key ?? "Flat") of \(version.count) vectors in \(seconds) s")
    }
  }

  private func tryMerge(_ engine: SearchEngine, isWished: Bool) throws(IndexError) {
    let policy = state.withLock { $0.policy }
    let execution = Execution(
      workers: policy.threads,
      progress: { [self] progress in state.withLock { $0.status.running?.note(progress) } },
      isCancelled: { [self] in isClosed.load(ordering: .acquiring) || log.isInVain })
    log.open()
    let copy = try StoreCopy(
      of: engine.store, metric: engine.metric, folder: engine.folder, execution: execution)
    try Failpoint.reach(.mergeRead)
    guard copy.count > 0 else { return }
    let maker = IndexMaker(metric: engine.metric, policy: policy, execution: execution)
    let (main, isExtended) = try makeMain(maker, copy, engine, isWished: isWished)
    try Failpoint.reach(.mergeBuilt)
    if main == nil {
      state.withLock { $0.flatAt = copy.count }
      // Nothing is better than what there is.
      if engine.version?.main == nil { return }
    }
    var next = try version(engine.metric, main, copy, execution)
    try catchUp(&next, engine.metric)
    try Failpoint.reach(.mergePublish)
    var given: VersionState? = consume next
    try handOver(&given, to: engine)
    log.close()
    if isExtended { state.withLock { $0.status.extended += 1 } }
    try Failpoint.reach(.mergePublished)
    engine.saveSnapshotNow()
  }

  /// The index of a merge: the one that there is, extended, or else another.
  ///
  /// - Returns: `nil` where the exact flat index is enough, and whether it was extended.
  private func makeMain(
    _ maker: IndexMaker, _ copy: StoreCopy, _ engine: SearchEngine, isWished: Bool
  ) throws(IndexError) -> (MainIndex?, isExtended: Bool) {
    let policy = maker.policy
    let main = engine.version?.main
    var plan = try policy.plan(after: main?.facts, count: copy.count, isWished: isWished)
    if plan == .extend, let main {
      do throws(IndexError) {
        let extended = try maker.extend(main, to: copy, engine.store)
        if try policy.plan(after: extended.facts, count: copy.count) == .extend {
          return (extended, true)
        }
        let recall = extended.facts.recall ?? 0
        engine.log(.info, "the extended index finds \(recall) of the neighbours; another is made")
      } catch  where error.code == .unsupported || error.code == .memoryBound {
        engine.log(.info, "the index is not extended but another made: \(error.message)")
      }
      plan = try policy.plan(after: nil, count: copy.count)
    }
    switch plan {
    case .flat, .extend: return (nil, false)
    case .choose: return (try maker.build(nil, from: copy), false)
    case .build(let spec):
      let known = main?.facts.key == spec.factoryString ? main?.facts : nil
      return (try maker.build(spec, from: copy, chosenFor: known?.chosenFor), false)
    }
  }

  /// What the copy of the store holds, in a main index or, without one, in a delta.
  private func version(
    _ metric: ServiceMetric, _ main: MainIndex?, _ copy: StoreCopy,
    _ execution: Execution
  ) throws(IndexError) -> VersionState {
    var delta = DeltaIndex(dimension: copy.dimension, metric: metric)
    var places: [Int64: Int] = [:]
    if main == nil {
      try copy.forEachBatch(rows: 4096) { batch, first throws(IndexError) in
        try execution.checkCancellation()
        let ids = Array(copy.ids[first..<first + batch.count])
        try delta.add(ids, try copy.vectors(Array(first..<first + batch.count)), places: &places)
      }
    }
    let version = IndexVersion(
      dimension: copy.dimension, metric: metric, sequence: copy.sequence, main: main,
      delta: delta)
    return VersionState(version: version, places: places, sequence: copy.sequence)
  }

  /// Applies what changed while the index was made, in rounds: what comes during a round is for the
  /// next one, and the few at the end are for the thread of changes.
  private func catchUp(
    _ next: inout VersionState, _ metric: ServiceMetric
  ) throws(IndexError) {
    for round in 1...20 {
      let changes = log.take()
      state.withLock {
        $0.status.running?.note(WorkProgress(step: "catch up", done: round, total: 20))
      }
      for change in changes where change.sequence > next.sequence {
        guard !isClosed.load(ordering: .acquiring), !log.isInVain else {
          throw IndexError(.cancelled, "the service ends, or everything was forgotten")
        }
        try next.apply(change, metric: metric)
      }
      if changes.count <= 8 { return }
    }
  }

  /// Gives the state to the thread of changes and waits until it is used. Nobody else may hold it,
  /// or its first change would copy it.
  private func handOver(
    _ next: inout VersionState?, to engine: SearchEngine
  ) throws(IndexError) {
    prepared.withLock { $0 = next.take() }
    engine.wakeWriter()
    while isAdopted.wait(timeout: .now() + 0.2) == .timedOut {
      if isClosed.load(ordering: .acquiring) {
        throw IndexError(.cancelled, "the service ends")
      }
    }
    // The state that was replaced is freed here, not by the thread of changes.
    replaced.withLock { $0 = nil }
    guard state.withLock({ $0.wasAdopted }) else {
      throw IndexError(.cancelled, "everything was forgotten or made anew meanwhile")
    }
  }

  // MARK: For the thread of changes

  /// The state to change to, if there is one.
  func takePrepared() -> VersionState? {
    prepared.withLock { prepared in
      defer { prepared = nil }
      return prepared
    }
  }

  /// Tells that the state was used, or why not, and gives the one before back.
  func finish(_ old: VersionState, wasAdopted: Bool) {
    replaced.withLock { $0 = old }
    state.withLock { $0.wasAdopted = wasAdopted }
    isAdopted.signal()
  }
}
