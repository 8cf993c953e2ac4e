import Foundation
import Vicinal

/// A value behind a handle: many may read it at a time, who changes it is alone.
///
/// `nonisolated(unsafe)` is sound: what `value` points to is only touched under the lock. It lies
/// behind a pointer because the lock does what the checks of access to a property would do again.
@safe final class Locked<Value: Sendable>: Sendable {
  nonisolated(unsafe) private let value: UnsafeMutablePointer<Value>
  nonisolated(unsafe) private let lock: UnsafeMutablePointer<pthread_rwlock_t>

  init(_ value: Value) {
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
    unsafe lock = .allocate(capacity: 1)
    unsafe pthread_rwlock_init(lock, nil)
  }

  deinit {
    unsafe pthread_rwlock_destroy(lock)
    unsafe lock.deallocate()
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
  }

  /// Reads the value while nobody changes it.
  ///
  /// - Throws: What `body` throws; ``IndexError/Code/invalidArgument`` within a change of the same
  ///   value, for example in its progress function.
  func read<Result>(
    _ body: (borrowing Value) throws(IndexError) -> Result
  ) throws(IndexError) -> Result {
    guard unsafe pthread_rwlock_rdlock(lock) == 0 else { throw busy() }
    defer { unsafe _ = pthread_rwlock_unlock(lock) }
    return unsafe try body(value.pointee)
  }

  /// Changes the value while nobody reads it.
  ///
  /// - Throws: As ``read(_:)``.
  func write<Result>(
    _ body: (inout Value) throws(IndexError) -> Result
  ) throws(IndexError) -> Result {
    guard unsafe pthread_rwlock_wrlock(lock) == 0 else { throw busy() }
    defer { unsafe _ = pthread_rwlock_unlock(lock) }
    return unsafe try body(&value.pointee)
  }

  private func busy() -> IndexError {
    IndexError(
      .invalidArgument,
      "the object is being changed by this thread already; a progress function must not use it")
  }
}

typealias FloatIndexBox = Locked<any VectorIndex>
typealias BinaryIndexBox = Locked<any BinaryIndex>
typealias TransformBox = Locked<any VectorTransform>
typealias QuantizerBox = Locked<any VectorCodec>
typealias MiniBatchBox = Locked<SubspaceMiniBatchKMeans>

/// A filter behind a handle; it never changes.
final class FilterBox: Sendable {
  /// Filters inside filters; asking one calls itself so many times, and so does freeing it.
  private static let mostNested = 1000

  let filter: IDFilter
  private let depth: Int

  /// - Parameters:
  ///   - filter: What it holds.
  ///   - parts: The filters that it is made of.
  /// - Throws: ``IndexError/Code/invalidArgument`` if they are nested too deeply.
  init(_ filter: IDFilter, of parts: [FilterBox] = []) throws(IndexError) {
    self.filter = filter
    depth = parts.reduce(0) { max($0, $1.depth) } + 1
    guard depth <= Self.mostNested else {
      throw IndexError(
        .invalidArgument,
        "filters may be nested \(Self.mostNested) times at most; give one a list of ids or of filters"
      )
    }
  }
}
