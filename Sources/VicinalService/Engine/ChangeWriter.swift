import Foundation
import Logging
import VicinalCore
import VicinalMessages

/// What the thread of changes does: judge, store, publish, answer.
struct ChangeWriter: ~Copyable {
  private unowned let engine: SearchEngine
  private var state: VersionState
  private var answered: AnsweredRequests
  private let checkpoints: Bool
  private var lastCheckpoint = ContinuousClock.now
  private var lastForgetting = 0.0

  /// As many requests as share one transaction.
  private static let largestGroup = 1024

  init(
    _ engine: SearchEngine, _ state: VersionState, _ answered: AnsweredRequests, checkpoints: Bool
  ) {
    self.engine = engine
    self.state = state
    self.answered = answered
    self.checkpoints = checkpoints
  }

  /// Applies changes in their order. Those that wait together share one synchronisation.
  mutating func apply(_ waiting: [SearchEngine.QueuedChange]) {
    var left = waiting[...]
    while !left.isEmpty {
      var group: [SearchEngine.QueuedChange] = []
      var names = Set<[UInt8]>()
      // A request that comes twice waits until the first is answered.
      while let next = left.first, group.count < Self.largestGroup,
        names.insert(next.name).inserted
      {
        group.append(next)
        left.removeFirst()
      }
      if !commit(group, isLast: false) {
        // One of them may be what the store has no room for; the others are not to suffer.
        for single in group { _ = commit([single], isLast: true) }
      }
    }
  }

  /// What was waiting, with its answer.
  private typealias Answer = (
    queued: SearchEngine.QueuedChange, result: Result<ChangeOutcome, ServiceError>
  )

  /// Applies a group with one transaction.
  ///
  /// - Parameter isLast: Whether a failure is answered; else nothing was answered but refusals.
  /// - Returns: Whether all were answered.
  private mutating func commit(_ group: [SearchEngine.QueuedChange], isLast: Bool) -> Bool {
    let now = Date().timeIntervalSince1970
    let (accepted, answers) = judge(group, now)
    if !accepted.isEmpty {
      do {
        do { try store(accepted, now) } catch {
          // Who deletes wants room. Snapshots only save time.
          guard VectorStore.isOutOfRoom(error), accepted.allSatisfy(\.onlyDeletes),
            engine.makeRoom()
          else { throw error }
          engine.log(.warning, "snapshots were removed to make room for a deletion: \(error)")
          try store(accepted, now)
        }
        try publish(accepted)
      } catch let error as ServiceError where error.code == .internal {
        engine.log(.critical, "a stored change could not be applied: \(error.message)")
        for (queued, _) in answers { queued.answer(.failure(error)) }
        return true
      } catch  where engine.store.isInHurry {
        let refusal = ServiceError(
          .shuttingDown, "the service is ending; nothing of the change was applied")
        for (queued, answer) in answers {
          queued.answer(answer.flatMap { _ in .failure(refusal) })
        }
        return true
      } catch {
        engine.log(.error, "storing \(accepted.count) changes failed: \(error)")
        guard isLast || group.count == 1 else { return false }
        let failure = ServiceError(
          .storageFailed, "the change could not be stored, nothing of it was applied: \(error)")
        for (queued, answer) in answers {
          queued.answer(answer.flatMap { _ in .failure(failure) })
        }
        return true
      }
    }
    for (queued, answer) in answers { queued.answer(answer) }
    return true
  }

  /// Judges each change of a group as if those before it were applied.
  private func judge(
    _ group: [SearchEngine.QueuedChange], _ now: Double
  ) -> (accepted: [AcceptedChange], answers: [Answer]) {
    var plan = ChangePlan(state)
    var answers: [Answer] = []
    for queued in group {
      do throws(ServiceError) {
        if let outcome = try answered.outcome(
          name: queued.name, isNamed: queued.isNamed, digest: queued.digest,
          arrived: queued.arrived, now: now)
        {
          answers.append((queued, .success(outcome)))
          continue
        }
        try plan.accept(queued.change, name: queued.name, digest: queued.digest, at: now)
        answers.append((queued, .success(plan.accepted[plan.accepted.count - 1].answered.outcome)))
      } catch {
        answers.append((queued, .failure(error)))
      }
    }
    return (plan.accepted, answers)
  }

  private mutating func store(_ accepted: [AcceptedChange], _ now: Double) throws {
    let oldest = now - answered.keptSeconds
    let isDue = now > lastForgetting + 10
    try Failpoint.reach(.beforeCommit)
    try engine.store.commit(accepted, forgetRequestsBefore: isDue ? oldest : nil)
    if isDue {
      lastForgetting = now
      answered.forget(before: oldest)
    }
  }

  /// Brings the index to what is stored, and lets searches have it.
  private mutating func publish(_ accepted: [AcceptedChange]) throws(ServiceError) {
    do throws(IndexError) {
      try? Failpoint.reach(.afterCommit)
      for change in accepted { try state.apply(change, metric: engine.metric) }
    } catch {
      // The store is right; the index is made from it again.
      engine.merger.log.spoil()
      do throws(IndexError) {
        state = try VersionState(reading: engine.store, metric: engine.metric)
      } catch {
        throw ServiceError(.internal, error.message)
      }
    }
    engine.publish(state.version)
    engine.merger.log.append(accepted)
    if let version = state.version { engine.merger.consider(version) }
    try? Failpoint.reach(.beforeAnswer)
    for change in accepted {
      var answer = change.answered
      answer.answered = .now
      answered.append(answer)
    }
  }

  /// Changes to what a merge made, after applying to it what changed meanwhile.
  mutating func adoptMerged() {
    guard var next = engine.merger.takePrepared() else { return }
    let changes = engine.merger.log.take()
    var isCurrent = !engine.merger.log.isInVain
    do throws(IndexError) {
      for change in changes where isCurrent && change.sequence > next.sequence {
        try next.apply(change, metric: engine.metric)
      }
    } catch {
      engine.log(.error, "a change could not be applied to a merged index: \(error.message)")
      isCurrent = false
    }
    isCurrent = isCurrent && next.sequence == state.sequence
    if isCurrent {
      swap(&state, &next)
      engine.publish(state.version)
    }
    engine.merger.finish(next, wasAdopted: isCurrent)
  }

  /// With `interval`, makes what was committed stable once a second.
  mutating func checkpointIfDue() {
    guard checkpoints, ContinuousClock.now - lastCheckpoint >= .seconds(1) else { return }
    lastCheckpoint = .now
    do { try engine.store.checkpoint() } catch {
      engine.log(.error, "a checkpoint failed: \(error)")
    }
  }
}
