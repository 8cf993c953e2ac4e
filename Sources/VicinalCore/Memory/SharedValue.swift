/// A value that copies share until one of them changes it. An array of millions of equal large values
/// takes sixteen bytes for each.
@safe @frozen public struct SharedValue<Value: Sendable>: Sendable {
  @usableFromInline var box: SharedBox<Value>
  /// Where it lies, so that reading it is one step.
  @usableFromInline nonisolated(unsafe) var place: UnsafeMutablePointer<Value>

  /// Takes a value in.
  @inlinable public init(_ value: Value) {
    box = SharedBox(value)
    unsafe place = box.place
  }

  /// The value. Changing it copies it first where it is shared.
  @inlinable public var value: Value {
    unsafeAddress { unsafe UnsafePointer(place) }
    unsafeMutableAddress {
      if !isKnownUniquelyReferenced(&box) {
        // The optimizer may otherwise let go of the box before it copies: another thread that does the
        // same then frees what is being copied.
        let copy = withExtendedLifetime(box) { unsafe $0.place.pointee }
        self = SharedValue(copy)
      }
      return unsafe place
    }
  }

  /// Whether both are the same value in memory.
  @inlinable public func isSame(as other: SharedValue) -> Bool { box === other.box }
}

/// The memory behind ``SharedValue``.
///
/// `nonisolated(unsafe)` is sound: only a value that holds the sole reference writes.
@safe @usableFromInline final class SharedBox<Value: Sendable>: Sendable {
  @usableFromInline nonisolated(unsafe) let place: UnsafeMutablePointer<Value>

  @usableFromInline init(_ value: Value) {
    unsafe place = .allocate(capacity: 1)
    unsafe place.initialize(to: value)
  }

  deinit {
    unsafe place.deinitialize(count: 1)
    unsafe place.deallocate()
  }
}
