import Foundation
import Logging
import VicinalCore
import VicinalMessages

/// What the thread of changes does: judge, store, publish, answer.
struct ChangeWriter: ~Copyable {
  /// The index as it is being changed, and where each id is in it.
  struct State {
    /// `nil` before the first vector.
    var version: IndexVersion?
    var places: [Int64: Int] = [:]
    var sequence: Int64 = 0
  }

  private unowned let engine: SearchEngine
  private var state: State
  private var answered: AnsweredRequests
  private let checkpoints: Bool
  private var lastCheckpoint = ContinuousClock.now
  private var lastForgetting = 0.0

  /// As many requests as share one transaction.
  private static let largestGroup = 1024

  init(
    _ engine: SearchEngine, _ state: State, _ answered: AnsweredRequests, checkpoints: Bool
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

  /// Applies a group with one transaction.
  ///
  /// - Parameter isLast: Whether a failure is answered; else nothing was answered but refusals.
  /// - Returns: Whether all were answered.
  private mutating func commit(_ group: [SearchEngine.QueuedChange], isLast: Bool) -> Bool {
    let now = Date().timeIntervalSince1970
    var plan = ChangePlan(
      places: state.places, dimension: state.version?.dimension ?? 0,
      sequence: state.sequence)
    var answers: [(SearchEngine.QueuedChange, Result<ChangeOutcome, ServiceError>)] = []
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
    if !plan.accepted.isEmpty {
      do {
        try store(plan.accepted, now)
        try publish(plan.accepted)
      } catch let error as ServiceError where error.code == .internal {
        engine.log(.critical, "a stored change could not be applied: \(error.message)")
        for (queued, _) in answers { queued.answer(.failure(error)) }
        return true
      } catch {
        engine.log(.error, "storing \(plan.accepted.count) changes failed: \(error)")
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

  private mutating func store(_ accepted: [AcceptedChange], _ now: Double) throws {
    let oldest = now - answered.keptSeconds
    let isDue = now > lastForgetting + 10
    try engine.store.commit(accepted, forgetRequestsBefore: isDue ? oldest : nil)
    if isDue {
      lastForgetting = now
      answered.forget(before: oldest)
    }
  }

  /// Brings the index to what is stored, and lets searches have it.
  private mutating func publish(_ accepted: [AcceptedChange]) throws(ServiceError) {
    do throws(IndexError) {
      for change in accepted { try state.apply(change, metric: engine.metric) }
    } catch {
      // The store is right; the index is made from it again.
      do throws(IndexError) {
        state = try State(reading: engine.store, metric: engine.metric)
      } catch {
        throw ServiceError(.internal, error.message)
      }
    }
    engine.publish(state.version)
    for change in accepted {
      var answer = change.answered
      answer.answered = .now
      answered.append(answer)
    }
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

extension ChangeWriter.State {
  /// Reads all vectors of a store.
  init(reading store: VectorStore, metric: ServiceMetric) throws(IndexError) {
    do {
      let (sequence, dimension) = try store.head()
      self.sequence = sequence
      guard dimension > 0 else { return }
      var version = IndexVersion(dimension: dimension, metric: metric, sequence: sequence)
      var places: [Int64: Int] = [:]
      try store.forEachBatch(of: 4096, dimension: dimension) { ids, values in
        try version.add(
          VectorItems(ids: ids, vectors: values, dimension: dimension), places: &places)
      }
      self.version = version
      self.places = places
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
  }

  /// The requests of a store that may be sent again.
  func answered(
    of store: VectorStore, keptSeconds: Double
  ) throws(IndexError) -> AnsweredRequests {
    do {
      return AnsweredRequests(try store.answeredRequests(), keptSeconds: keptSeconds)
    } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
  }

  /// Brings the index to the state after a stored change.
  mutating func apply(_ accepted: AcceptedChange, metric: ServiceMetric) throws(IndexError) {
    let change = accepted.change
    sequence = accepted.sequence
    // Deletions may come before any vector.
    guard accepted.dimension > 0 else { return }
    if change.isCreation || version == nil {
      version = IndexVersion(
        dimension: accepted.dimension, metric: metric, sequence: accepted.sequence)
      places = [:]
    }
    // The order of the store: what is added may have an id that is deleted.
    try version?.remove(change.deleted, places: &places)
    try version?.update(change.updated, places: places)
    try version?.add(change.added, places: &places)
    version?.sequence = accepted.sequence
  }
}
