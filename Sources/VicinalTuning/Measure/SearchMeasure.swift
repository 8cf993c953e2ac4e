import Foundation
public import VicinalCore

/// Recall and speed of an index, measured.
public enum SearchMeasure {
  /// The share of the true `k` nearest that was found, averaged over queries.
  ///
  /// A returned id also counts when its distance equals that of the k-th true neighbour, so that
  /// ties do not count as misses. Smaller distances do not help: codes may only claim them. Places that the truth cannot fill (fewer than
  /// `k` vectors) are left out.
  ///
  /// - Parameters:
  ///   - found: Results of a search with the same queries, at least `k` places.
  ///   - truth: Exact results, at least `k` places.
  ///   - k: Places to compare, at least 1.
  /// - Returns: k-recall@k, 0…1; 1 if there is nothing to find.
  public static func recall(
    of found: Neighbors, against truth: Neighbors, k: Int, metric: Metric
  ) -> Double {
    var hits = 0
    var places = 0
    for query in 0..<min(found.queryCount, truth.queryCount) {
      let exact = Array(truth.row(query).prefix(k))
      guard let last = exact.last else { continue }
      places += exact.count
      let ids = Set(exact.map(\.id))
      hits += found.row(query).prefix(exact.count).count {
        ids.contains($0.id) || isTie($0.distance, last.distance)
      }
    }
    return places == 0 ? 1 : Double(hits) / Double(places)
  }

  /// Whether two distances are equal up to the rounding of a sum.
  private static func isTie(_ a: Float, _ b: Float) -> Bool {
    a == b || (a - b).magnitude <= 1e-6 * b.magnitude
  }

  /// How long single queries take, one after the other.
  ///
  /// - Parameters:
  ///   - index: What to search.
  ///   - queries: Used in turn, again and again.
  ///   - k: Neighbours per query.
  ///   - options: Knobs and threads.
  ///   - seconds: When to stop, after at least 20 queries.
  ///   - most: When to stop in any case.
  public static func latency(
    of index: any VectorIndex, queries: borrowing VectorBatch, k: Int, options: SearchOptions,
    seconds: Double, most: Int = 2_000
  ) throws(IndexError) -> Latency {
    guard queries.count > 0 else { return Latency(milliseconds: []) }
    // The first searches touch cold memory; users of a running index do not see that.
    for query in 0..<min(3, queries.count) {
      _ = try index.search(queries.rows(query..<query + 1), k: k, options: options)
    }
    var times: [Double] = []
    let start = ContinuousClock.now
    while times.count < most {
      let query = times.count % queries.count
      let before = ContinuousClock.now
      _ = try index.search(queries.rows(query..<query + 1), k: k, options: options)
      let after = ContinuousClock.now
      times.append((after - before) / .milliseconds(1))
      if times.count >= 20, after - start > .seconds(seconds) { break }
    }
    return Latency(milliseconds: times)
  }

  /// Queries per second of one call with all queries, the best of a few.
  public static func throughput(
    of index: any VectorIndex, queries: borrowing VectorBatch, k: Int, options: SearchOptions,
    repeats: Int = 3
  ) throws(IndexError) -> Double {
    var best = 0.0
    for _ in 0..<repeats {
      let before = ContinuousClock.now
      _ = try index.search(queries, k: k, options: options)
      let seconds = (ContinuousClock.now - before) / .seconds(1)
      best = max(best, Double(queries.count) / max(seconds, 1e-9))
    }
    return best
  }
}

/// Times of single queries.
public struct Latency: Sendable, Equatable {
  /// All times, ascending.
  public let milliseconds: [Double]

  /// Sorts times.
  public init(milliseconds: [Double]) { self.milliseconds = milliseconds.sorted() }

  /// Arithmetic mean.
  public var mean: Double {
    milliseconds.isEmpty ? 0 : milliseconds.reduce(0, +) / Double(milliseconds.count)
  }

  /// The time that a share of the queries stays within, linearly interpolated.
  public func quantile(_ share: Double) -> Double {
    guard let last = milliseconds.last else { return 0 }
    let place = share * Double(milliseconds.count - 1)
    let low = Int(place)
    guard low + 1 < milliseconds.count else { return last }
    return milliseconds[low] + (place - Double(low)) * (milliseconds[low + 1] - milliseconds[low])
  }
}
