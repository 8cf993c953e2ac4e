internal import Synchronization
import VicinalCore

/// Counts units of work that end on any thread, and reports them.
final class ProgressCount: Sendable {
  private let done = Atomic<Int>(0)
  private let step: String
  private let total: Int
  private let progress: (@Sendable (WorkProgress) -> Void)?

  init(step: String, total: Int, execution: Execution) {
    self.step = step
    self.total = total
    progress = execution.progress
  }

  /// One more unit is done.
  func finish(note: String? = nil) {
    let count = done.add(1, ordering: .relaxed).newValue
    progress?(WorkProgress(step: step, done: count, total: total, note: note))
  }
}
