import Foundation
import Synchronization
import Vicinal

/// Shows long work: on a terminal one line that is rewritten, with the time left; otherwise one
/// line when a step begins and one when it ends.
final class ProgressDisplay: Sendable {
  private struct State {
    var step = ""
    var started = ContinuousClock.now
    var shown = ContinuousClock.now
  }

  private let state = Mutex(State())
  private let isTerminal: Bool

  init(isTerminal: Bool = Output.isTerminal) { self.isTerminal = isTerminal }

  /// Takes note of what has been done.
  func update(_ progress: WorkProgress) {
    let line = state.withLock { state in
      let now = ContinuousClock.now
      let isNew = state.step != progress.step
      if isNew { state = State(step: progress.step, started: now, shown: now) }
      let isDone = progress.done >= progress.total
      guard isNew || isDone || now - state.shown > .milliseconds(100) else { return String?.none }
      state.shown = now
      let elapsed = (now - state.started) / .seconds(1)
      if isDone { state.step = "" }
      if !isTerminal {
        return isNew && !isDone
          ? "\(progress.step) …\n" : isDone ? "\(progress.step): \(seconds(elapsed))\n" : nil
      }
      return "\r\u{1b}[K" + text(progress, elapsed) + (isDone ? "\n" : "")
    }
    if let line { Output.write(line, to: .standardError) }
  }

  private func text(_ progress: WorkProgress, _ elapsed: Double) -> String {
    let share = progress.total > 0 ? Double(progress.done) / Double(progress.total) : 0
    if progress.done >= progress.total { return "\(progress.step): \(seconds(elapsed))" }
    let left = share > 0.01 ? " · \(seconds(elapsed / share - elapsed)) left" : ""
    let note = progress.note.map { " · \($0)" } ?? ""
    return "\(progress.step) \(Int(share * 100)) %\(left)\(note)"
  }
}

/// Seconds as people read them.
func seconds(_ value: Double) -> String {
  switch value {
  case ..<10: String(format: "%.1f s", value)
  case ..<100: String(format: "%.0f s", value)
  case ..<6000: String(format: "%.0f min", value / 60)
  default: String(format: "%.1f h", value / 3600)
  }
}
