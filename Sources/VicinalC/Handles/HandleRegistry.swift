import Synchronization
import Vicinal

/// All objects that C programs hold, by number.
///
/// A table instead of addresses: a number that is wrong, released or of another kind is found out
/// instead of being followed.
enum HandleRegistry {
  private struct Table {
    var objects: [UInt64: any AnyObject & Sendable] = [:]
    var next: UInt64 = 1
  }

  private static let table = Mutex(Table())

  /// How many objects there are.
  static var count: Int { table.withLock { $0.objects.count } }

  /// Takes an object in and numbers it.
  static func add(_ object: any AnyObject & Sendable) -> UInt64 {
    table.withLock { table in
      let number = table.next
      table.next += 1
      table.objects[number] = object
      return number
    }
  }

  /// Forgets an object; whoever uses it at the moment keeps it alive.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if there is no such object.
  static func remove(_ handle: UInt64) throws(IndexError) {
    // The object ends outside the lock: freeing a large index takes a while.
    let removed = table.withLock { $0.objects.removeValue(forKey: handle) }
    guard removed != nil else { throw missing(handle) }
  }

  /// The object with a number.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if there is none or it is of another kind.
  static func object(_ handle: UInt64) throws(IndexError) -> any AnyObject & Sendable {
    guard let object = table.withLock({ $0.objects[handle] }) else { throw missing(handle) }
    return object
  }

  /// The object of a kind with a number.
  ///
  /// - Parameter kind: What messages call it, for example "a filter".
  /// - Throws: As ``object(_:)``.
  static func object<Object>(
    _ handle: UInt64, as _: Object.Type, _ kind: String
  ) throws(IndexError) -> Object {
    guard let object = try object(handle) as? Object else {
      throw IndexError(.invalidArgument, "handle \(handle) is of another kind, not \(kind)")
    }
    return object
  }

  private static func missing(_ handle: UInt64) -> IndexError {
    IndexError(
      .invalidArgument,
      handle == 0
        ? "handle 0 is no object" : "there is no object with handle \(handle), or it was released")
  }
}
