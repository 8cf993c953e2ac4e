internal import Dispatch
import Synchronization
public import VicinalCore

extension Execution {
  /// Threads to use: as asked, or one per processor that this process may run on; 1 …
  /// ``VicinalCore/Execution/largestWorkerCount``, so that products with it cannot overflow.
  public var workerCount: Int {
    min(max(1, workers ?? Self.processors), Self.largestWorkerCount)
  }

  private static let processors = usableProcessors()
}

/// Runs `body` for 0 ..< count on up to `workers` threads and collects the results in order.
///
/// Work is handed out one index at a time, so indexes may take unequal time. The first error in
/// index order is thrown after all running bodies have ended; later indexes may not have run.
/// Dispatch's own threads carry the work, never the cooperative pool of Swift concurrency.
///
/// What needs no second thread is done where it is asked for: for a single query, calls through
/// tables of a type that is not known here would take longer than the work.
@inlinable package func parallelMap<Result>(
  _ count: Int, workers: Int, _ body: (Int) throws(IndexError) -> Result
) throws(IndexError) -> [Result] {
  guard workers <= 1 || count <= 1 else {
    return try spreadMap(count, workers: workers, body)
  }
  var results: [Result] = []
  results.reserveCapacity(count)
  for index in 0..<count { results.append(try body(index)) }
  return results
}

@usableFromInline package func spreadMap<Result>(
  _ count: Int, workers: Int, _ body: (Int) throws(IndexError) -> Result
) throws(IndexError) -> [Result] {
  let slots = UnsafeMutableBufferPointer<Swift.Result<Result, IndexError>?>.allocate(
    capacity: count)
  unsafe slots.initialize(repeating: nil)
  defer {
    unsafe slots.deinitialize()
    unsafe slots.deallocate()
  }
  let next = Atomic<Int>(0)
  let failed = Atomic<Bool>(false)
  // Safe to share: `concurrentPerform` returns only after every call has ended, and each index
  // writes a slot of its own.
  nonisolated(unsafe) let shared = unsafe slots
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: min(workers, count)) { _ in
      while !failed.load(ordering: .relaxed) {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do throws(IndexError) {
          let value = try unsafe body(index)
          unsafe shared[index] = .success(value)
        } catch {
          unsafe shared[index] = .failure(error)
          failed.store(true, ordering: .relaxed)
        }
      }
    }
  }
  var results: [Result] = []
  results.reserveCapacity(count)
  for index in 0..<count {
    guard let slot = unsafe slots[index] else { continue }
    switch slot {
    case .success(let value): results.append(value)
    case .failure(let error): throw error
    }
  }
  // A missing slot only occurs behind a failure, which may have come at a later index.
  guard results.count == count else {
    for index in 0..<count {
      if case .failure(let error)? = unsafe slots[index] { throw error }
    }
    throw IndexError(.cancelled, "the work was cancelled")
  }
  return results
}

/// Cuts `count` items into consecutive ranges of nearly equal length, at most `parts` of them,
/// none shorter than `minimum` if that can be helped.
package func evenRanges(_ count: Int, parts: Int, minimum: Int = 1) -> [Range<Int>] {
  guard count > 0 else { return [] }
  let parts = max(1, min(parts, count / max(1, minimum)))
  return (0..<parts).map { part in
    count * part / parts..<count * (part + 1) / parts
  }
}
