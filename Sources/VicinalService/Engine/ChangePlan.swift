import VicinalMessages

/// Changes of one transaction, each judged as if those before it were applied already.
struct ChangePlan {
  private let state: VersionState
  /// What the accepted changes said about ids so far: there, or not.
  private var present: [Int64: Bool] = [:]
  /// Whether one of them was a creation: then only `present` counts.
  private var isAnew = false
  private(set) var dimension: Int
  private(set) var sequence: Int64
  private(set) var accepted: [AcceptedChange] = []

  /// Judges changes of a state. The plan must be gone when the state is changed, or all that finds
  /// ids in it would be copied.
  init(_ state: VersionState) {
    self.state = state
    dimension = state.version?.dimension ?? 0
    sequence = state.sequence
  }

  private func contains(_ id: Int64) -> Bool {
    present[id] ?? (!isAnew && state.contains(id))
  }

  /// Accepts a change with all its parts, or refuses it for the first part that is wrong.
  mutating func accept(
    _ change: ChangeRequest, name: [UInt8], digest: RequestDigest, at time: Double
  ) throws(ServiceError) {
    var outcome = ChangeOutcome(sequence: sequence + 1)
    var gone = Set<Int64>()
    for id in change.deleted {
      // An id that comes twice is there only once.
      if contains(id), gone.insert(id).inserted {
        outcome.deleted += 1
      } else {
        outcome.missing += 1
      }
    }
    try require(change.updated, change, "update")
    for id in change.updated.ids where !contains(id) {
      throw ServiceError(.unknownID, "update: there is no vector with the id \(id)")
    }
    try require(change.added, change, change.isCreation ? "create" : "add")
    if !change.isCreation {
      for id in change.added.ids where contains(id) && !gone.contains(id) {
        throw ServiceError(.duplicateID, "add: there is a vector with the id \(id) already")
      }
    }
    outcome.updated = change.updated.ids.count
    outcome.added = change.added.ids.count
    if change.isCreation {
      isAnew = true
      present = [:]
    }
    for id in gone { present[id] = false }
    for id in change.added.ids { present[id] = true }
    // A matrix without rows has a dimension too, which says nothing about the vectors there are.
    if !change.added.ids.isEmpty { dimension = change.added.dimension }
    sequence += 1
    let touched = change.deleted.count + change.updated.ids.count + change.added.ids.count
    let keepsIDs = !change.isCreation && touched <= AnsweredRequest.keptIDs
    accepted.append(
      AcceptedChange(
        change: change,
        answered: AnsweredRequest(
          name: name, digest: digest, at: time, outcome: outcome,
          touchedIDs: keepsIDs ? change.deleted + change.updated.ids + change.added.ids : nil),
        dimension: dimension))
  }

  private func require(
    _ items: VectorItems, _ change: ChangeRequest, _ part: String
  ) throws(ServiceError) {
    guard !items.ids.isEmpty, !change.isCreation, dimension > 0, items.dimension != dimension
    else {
      // The first vectors say the dimension; all parts must agree on it.
      guard change.isCreation || dimension > 0 || change.updated.ids.isEmpty else {
        throw ServiceError(.noIndex, "there are no vectors to update; send create or add first")
      }
      return
    }
    throw ServiceError(
      .dimensionMismatch, "expected \(dimension), got \(items.dimension) (\(part)[0])")
  }
}
