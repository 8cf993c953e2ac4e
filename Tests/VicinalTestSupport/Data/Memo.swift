import Synchronization

/// Values that are made once and then shared by all tests.
package final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let values = Mutex<[Key: Value]>([:])

  package init() {}

  /// The value for a key. Two tests that ask at the same time may both make it.
  package func value(for key: Key, make: () throws -> Value) rethrows -> Value {
    if let known = values.withLock({ $0[key] }) { return known }
    let made = try make()
    return values.withLock { known in
      if let first = known[key] { return first }
      known[key] = made
      return made
    }
  }
}
