import CVicinal
import Foundation
import Synchronization
import Vicinal

/// Threads that a call uses unless it says otherwise; 0 for one for each processor.
let threadsSetting = Atomic(0)

/// Sets or reads the number of threads of a call.
func workers(_ asked: Int32) throws(IndexError) -> Int? {
  let threads = asked == 0 ? threadsSetting.load(ordering: .relaxed) : Int(asked)
  guard threads >= 0, threads <= Execution.largestWorkerCount else {
    throw IndexError(
      .invalidArgument,
      "threads must be 0…\(Execution.largestWorkerCount), got \(threads)")
  }
  return threads == 0 ? nil : threads
}

/// How work is done, from the caller's struct.
func execution(_ work: UnsafePointer<vicinal_work>?) throws(IndexError) -> Execution {
  guard let work = unsafe work?.pointee else {
    return Execution(workers: try workers(0), isCancelled: try cancellationOfThread())
  }
  var execution = Execution(workers: try unsafe workers(work.threads))
  let own = unsafe work.cancellation
  let cancellation = try cancellation(own == 0 ? vcl_thread_cancellation() : own)
  guard let progress = unsafe work.progress else {
    if let cancellation { execution.isCancelled = { cancellation.isCancelled } }
    return execution
  }
  let reporter = unsafe Reporter(progress, work.context)
  execution.progress = { reporter.report($0) }
  execution.isCancelled = { [cancellation] in
    reporter.isCancelled || cancellation?.isCancelled == true
  }
  return execution
}

/// The switch with a handle; `nil` for 0.
private func cancellation(_ handle: UInt64) throws(IndexError) -> Cancellation? {
  if handle == 0 { return nil }
  return try HandleRegistry.object(handle, as: Cancellation.self, "a cancellation")
}

/// Whether the switch that this thread works under is used; `nil` if there is none.
@inline(__always)
private func cancellationOfThread() throws(IndexError) -> (@Sendable () -> Bool)? {
  let handle = vcl_thread_cancellation()
  guard handle != 0, let cancellation = try cancellation(handle) else { return nil }
  return { cancellation.isCancelled }
}

/// Calls the caller's function, one call at a time.
///
/// `nonisolated(unsafe)` is sound: both are constants, and handing `context` to other threads is
/// what the function's documentation promises.
@safe private final class Reporter: Sendable {
  nonisolated(unsafe) private let function: vicinal_progress
  nonisolated(unsafe) private let context: UnsafeMutableRawPointer?
  private let stopped = Atomic(false)
  private let turn = Mutex(())

  init(_ function: vicinal_progress, _ context: UnsafeMutableRawPointer?) {
    unsafe self.function = unsafe function
    unsafe self.context = unsafe context
  }

  var isCancelled: Bool { stopped.load(ordering: .relaxed) }

  func report(_ progress: WorkProgress) {
    turn.withLock { _ in
      let answer = unsafe progress.step.withCString { step in
        unsafe function(context, step, Int64(progress.done), Int64(progress.total))
      }
      if answer != 0 { stopped.store(true, ordering: .relaxed) }
    }
  }
}

/// Parameters of a search, from the caller's struct.
@inline(__always)
func searchOptions(
  _ options: UnsafePointer<vicinal_search_options>?
) throws(IndexError) -> SearchOptions {
  guard let given = unsafe options?.pointee else {
    var plain = SearchOptions()
    plain.execution.workers = try workers(0)
    plain.execution.isCancelled = try cancellationOfThread()
    return plain
  }
  return try searchOptions(given)
}

private func searchOptions(_ given: vicinal_search_options) throws(IndexError) -> SearchOptions {
  func setting(_ value: Int64, _ name: StaticString) throws(IndexError) -> Int? {
    value == -1 ? nil : try count(value, name)
  }
  var options = SearchOptions(
    probes: try setting(given.nprobe, "nprobe"),
    efSearch: try setting(given.ef_search, "ef_search"),
    coarseEfSearch: try setting(given.coarse_ef_search, "coarse_ef_search"),
    maxCodes: try setting(given.max_codes, "max_codes"),
    hammingThreshold: try setting(given.hamming_threshold, "hamming_threshold"),
    refineFactor: given.refine_factor == 0 ? nil : given.refine_factor,
    queryBits: try setting(given.query_bits, "query_bits"),
    coarseProbes: try setting(given.coarse_nprobe, "coarse_nprobe"),
    cellRatio: given.cell_ratio == -1 ? nil : given.cell_ratio)
  options.refineSamples = try setting(given.refine_samples, "refine_samples")
  options.execution.workers = try workers(given.threads)
  options.execution.isCancelled = try cancellationOfThread()
  if given.filter != 0 {
    options.filter = try HandleRegistry.object(given.filter, as: FilterBox.self, "a filter").filter
  }
  return options
}
