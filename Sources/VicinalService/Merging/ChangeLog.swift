import Synchronization
import VicinalMessages

/// The changes since a merge began to read the store; nothing while there is no merge.
final class ChangeLog: Sendable {
  private struct State {
    var isOpen = false
    var changes: [AcceptedChange] = []
    /// Whether everything was forgotten by a creation, so that the merge is in vain.
    var isInVain = false
  }

  private let state = Mutex(State())

  /// Begins to keep changes. What is committed after this is kept.
  func open() { state.withLock { $0 = State(isOpen: true) } }

  /// Keeps changes that were applied, if there is a merge.
  func append(_ changes: [AcceptedChange]) {
    state.withLock { state in
      guard state.isOpen else { return }
      state.changes += changes
      if changes.contains(where: \.change.isCreation) { state.isInVain = true }
    }
  }

  /// Says that a merge is in vain, because the index was made from the store again.
  func spoil() { state.withLock { $0.isInVain = true } }

  /// What was kept since this was asked last.
  func take() -> [AcceptedChange] {
    state.withLock { state in
      defer { state.changes = [] }
      return state.changes
    }
  }

  func close() { state.withLock { $0 = State() } }

  var isInVain: Bool { state.withLock { $0.isInVain } }
}
