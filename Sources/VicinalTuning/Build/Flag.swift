import Synchronization

/// Something that has happened, said by one thread and asked by others; workers, which are no tasks,
/// can ask too.
final class Flag: Sendable {
  private let value = Atomic(false)
  /// Whether it has happened.
  var isSet: Bool { value.load(ordering: .relaxed) }
  /// It has.
  func set() { value.store(true, ordering: .relaxed) }
}
