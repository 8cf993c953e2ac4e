import Synchronization
import VicinalMessages

/// How many requests there were and how long they took, for `status`.
package final class ServiceFigures: Sendable {
  /// The durations of the last requests of a kind, in seconds.
  private struct Durations {
    var count = 0
    var last: [Double] = []
    static let kept = 1024

    mutating func append(_ seconds: Double) {
      if last.count < Self.kept { last.append(seconds) } else { last[count % Self.kept] = seconds }
      count += 1
    }

    /// The 50th, 95th and 99th of 100, in milliseconds.
    var percentiles: MessageValue {
      let sorted = last.sorted()
      var fields: [String: MessageValue] = [:]
      for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        guard !sorted.isEmpty else { continue }
        let place = min(sorted.count - 1, Int(Double(sorted.count) * share))
        fields[name] = .number((sorted[place] * 1e6).rounded() / 1e3)
      }
      return .record(fields)
    }
  }

  private struct State {
    var searches = Durations()
    var changes = Durations()
    var errors = 0
  }

  private let state = Mutex(State())
  private let started = ContinuousClock.now

  package init() {}

  func countSearch(since start: ContinuousClock.Instant) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    state.withLock { $0.searches.append(seconds) }
  }

  func countChange(since start: ContinuousClock.Instant) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    state.withLock { $0.changes.append(seconds) }
  }

  func countError() { state.withLock { $0.errors += 1 } }

  var fields: [String: MessageValue] {
    let state = state.withLock { $0 }
    return [
      "searches": .integer(Int64(state.searches.count)),
      "changes": .integer(Int64(state.changes.count)),
      "errors": .integer(Int64(state.errors)),
      "search_ms": state.searches.percentiles,
      "change_ms": state.changes.percentiles,
      "uptime_s": .number((((ContinuousClock.now - started) / .seconds(1)) * 10).rounded() / 10),
    ]
  }
}
