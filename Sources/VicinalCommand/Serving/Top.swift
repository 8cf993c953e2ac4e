import ArgumentParser
import Foundation
import Vicinal
import VicinalService

/// `vicinal top`: what a running service is doing, again and again.
struct Top: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a running search service is doing, once a second.")

  @OptionGroup var service: ServiceAddress

  @Option(help: "Seconds between two looks.")
  var interval = 1.0

  @Option(help: "End after so many looks.")
  var looks: Int?

  func validate() throws {
    guard interval >= 0.1, interval <= 3600 else {
      throw ValidationError("--interval must be from 0.1 to 3600 seconds, got \(interval)")
    }
    if let looks, looks < 1 { throw ValidationError("--looks must be at least 1, got \(looks)") }
  }

  func run() throws {
    Interruption.install()
    let client = try service.client()
    var before: Status?
    var taken = 0
    while !Interruption.isRequested {
      let text = try client.status()
      let status = try JSONDecoder().decode(Status.self, from: Data(text.utf8))
      // A terminal is drawn anew, a file gets one look after the other.
      let home = isatty(STDOUT_FILENO) == 1 ? "\u{1b}[H\u{1b}[2J" : ""
      try Output.print(
        home + status.lines(since: before, of: service.address).joined(separator: "\n"))
      before = status
      taken += 1
      if let looks, taken >= looks { return }
      Thread.sleep(forTimeInterval: interval)
    }
  }
}

/// The fields of `status` that are shown.
private struct Status: Decodable {
  var count: Int
  var dimension: Int
  var metric: String
  var index: String
  var durability: String
  var sequence: Int
  var searches: Int
  var changes: Int
  var errors: Int
  var busy: Int
  var inFlight: Int
  var queuedChanges: Int
  var uptime: Double
  var delta: Int
  var merges: Int
  var merge: Merge?
  var mergeError: String?
  var searchTimes: [String: Double]
  var changeTimes: [String: Double]

  enum CodingKeys: String, CodingKey {
    case count, dimension, metric, index, durability, sequence, searches, changes, errors, busy
    case delta, merges, merge
    case mergeError = "merge_error"
    case inFlight = "in_flight"
    case queuedChanges = "queued_changes"
    case uptime = "uptime_s"
    case searchTimes = "search_ms"
    case changeTimes = "change_ms"
  }

  /// The merge that goes on.
  struct Merge: Decodable {
    var phase: String
    var fraction: Double?
    var seconds: Double
    var secondsLeft: Double?

    enum CodingKeys: String, CodingKey {
      case phase, fraction, seconds
      case secondsLeft = "phase_seconds_left"
    }
  }

  private var mergeLine: String {
    guard let merge else { return mergeError.map { "the last failed: \($0)" } ?? "" }
    let share = merge.fraction.map { String(format: " %.0f %%", 100 * $0) } ?? ""
    let left = merge.secondsLeft.map { String(format: ", %.0f s left of it", $0) } ?? ""
    return "merging: \(merge.phase)\(share), since \(Int(merge.seconds)) s\(left)"
  }

  func lines(since before: Status?, of address: String) -> [String] {
    func rate(_ field: KeyPath<Status, Int>) -> String {
      guard let before, uptime > before.uptime else { return "–" }
      let perSecond =
        Double(self[keyPath: field] - before[keyPath: field]) / (uptime - before.uptime)
      return String(format: "%.1f/s", perSecond)
    }
    func times(_ times: [String: Double]) -> String {
      ["p50", "p95", "p99"].map { name in
        "\(name) " + (times[name].map { String(format: "%.2f ms", $0) } ?? "–")
      }.joined(separator: "   ")
    }
    return [
      "\(address)   up \(Int(uptime)) s   \(index), \(metric), durability \(durability)",
      "vectors   \(count) × \(dimension)   sequence \(sequence)",
      "searches  \(searches)   \(rate(\.searches))   \(times(searchTimes))",
      "changes   \(changes)   \(rate(\.changes))   \(times(changeTimes))",
      "merges    \(merges)   \(delta) vectors beside the index   \(mergeLine)",
      "waiting   \(inFlight) requests, \(queuedChanges) changes   busy \(busy)   errors \(errors)",
    ]
  }
}
