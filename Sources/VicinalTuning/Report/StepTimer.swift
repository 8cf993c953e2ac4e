import Synchronization
public import VicinalCore

/// Measures how long the steps of a build take, from the progress that they report.
///
/// A step lasts from its first report, or ``begin(_:)``, to the begin of the next one, so that
/// the times add up to the whole.
public final class StepTimer: Sendable {
  private struct State {
    var steps: [StepTime] = []
    var current: String?
    var started = ContinuousClock.now
  }

  private let state = Mutex(State())

  /// A timer without steps.
  public init() {}

  /// Begins a step, and ends the one before. A step that comes again goes on where it stopped.
  ///
  /// - Parameter time: When the first step began, if that was before this timer was made.
  public func begin(_ step: String, at time: ContinuousClock.Instant? = nil) {
    state.withLock { state in
      guard state.current != step else { return }
      Self.end(&state)
      state.current = step
      if let time, state.steps.isEmpty { state.started = time }
    }
  }

  /// Ends the last step.
  ///
  /// - Returns: All steps in the order in which they began.
  public func finish() -> [StepTime] {
    state.withLock { state in
      Self.end(&state)
      return state.steps
    }
  }

  /// The same execution, with its progress also telling this timer which step it is.
  public func observing(_ execution: Execution) -> Execution {
    var observed = execution
    let report = execution.progress
    observed.progress = { [self] progress in
      begin(progress.step)
      report?(progress)
    }
    return observed
  }

  private static func end(_ state: inout State) {
    let now = ContinuousClock.now
    let elapsed = (now - state.started) / .seconds(1)
    state.started = now
    guard let current = state.current else { return }
    if let place = state.steps.firstIndex(where: { $0.step == current }) {
      state.steps[place].seconds += elapsed
    } else {
      state.steps.append(StepTime(step: current, seconds: elapsed))
    }
    state.current = nil
  }
}
