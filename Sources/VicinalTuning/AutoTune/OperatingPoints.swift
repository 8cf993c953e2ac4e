import Foundation

/// Settings of an index with what a search under them brings and costs. faiss: `OperatingPoint`.
public struct OperatingPoint: Sendable, Hashable, Codable {
  /// What a ``TuningCriterion`` said, 0…1. faiss: `perf`.
  public var performance: Double
  /// Time of searching all queries. faiss: `t`.
  public var seconds: Double
  /// The settings, `nprobe=16,ht=40`, after whatever prefix merging added. faiss: `key`.
  public var key: String
  /// The number of the combination in its ``ParameterSpace``, −1 for the point of doing nothing.
  /// faiss: `cno`.
  public var combination: Int

  /// A measurement.
  public init(performance: Double, seconds: Double, key: String, combination: Int = 0) {
    self.performance = performance
    self.seconds = seconds
    self.key = key
    self.combination = combination
  }

  /// Whether this point is at least as good and at least as fast as another.
  func matches(_ other: OperatingPoint) -> Bool {
    performance >= other.performance && seconds <= other.seconds
  }
}

/// Measured settings, and among them the Pareto-optimal ones: nothing is both as fast and better,
/// or as good and faster.
///
/// ```swift
/// var points = OperatingPoints()
/// points.add(OperatingPoint(performance: 0.9, seconds: 0.12, key: "nprobe=8"))
/// let cost = points.seconds(for: 0.85)  // 0.12
/// print(points)
/// ```
///
/// faiss: `OperatingPoints`.
public struct OperatingPoints: Sendable, Equatable, Codable {
  /// Everything that was added, in that order. faiss: `all_pts`.
  public private(set) var all: [OperatingPoint] = []

  /// The Pareto-optimal points, ascending in performance and in time. The first is always that of
  /// doing nothing: performance 0 in no time. faiss: `optimal_pts`.
  public private(set) var optimal = [nothing]

  private static let nothing = OperatingPoint(
    performance: 0, seconds: 0, key: "", combination: -1)

  /// No measurement yet.
  public init() {}

  /// Keeps a measurement.
  ///
  /// Of points that are equal in both respects the first stays optimal.
  ///
  /// - Returns: Whether the point is Pareto-optimal now. A performance of 0 never is.
  /// - Complexity: O(optimal points).
  @discardableResult
  public mutating func add(_ point: OperatingPoint) -> Bool {
    all.append(point)
    guard point.performance > 0, point.seconds >= 0,
      !optimal.contains(where: { $0.matches(point) })
    else { return false }
    optimal.removeAll { $0 != Self.nothing && point.matches($0) }
    let place = optimal.firstIndex { $0.performance > point.performance } ?? optimal.count
    optimal.insert(point, at: place)
    return true
  }

  /// Adds everything that another exploration measured, for example of another index. faiss:
  /// `merge_with`.
  ///
  /// - Parameters:
  ///   - other: Measurements with the same queries and criterion.
  ///   - prefix: Put before the keys, for example the factory string of the other index.
  /// - Returns: How many were Pareto-optimal when they were added.
  @discardableResult
  public mutating func merge(_ other: OperatingPoints, prefix: String = "") -> Int {
    var kept = 0
    for var point in other.all {
      point.key = prefix + point.key
      if add(point) { kept += 1 }
    }
    return kept
  }

  /// The least time in which a performance is reached, or `nil` if nothing reaches it (faiss says
  /// 10⁵⁰). faiss: `t_for_perf`.
  public func seconds(for performance: Double) -> Double? {
    fastest(reaching: performance)?.seconds
  }

  /// The fastest point that reaches a performance.
  public func fastest(reaching performance: Double) -> OperatingPoint? {
    optimal.first { $0.performance >= performance }
  }
}

extension OperatingPoints: CustomStringConvertible {
  /// The optimal points, one a line. faiss: `display()`.
  public var description: String { table() }

  /// Points as lines of text, in faiss's words. faiss: `display`.
  ///
  /// - Parameter onlyOptimal: Whether to leave out the others; otherwise the optimal ones get a
  ///   star.
  public func table(onlyOptimal: Bool = true) -> String {
    let shown = onlyOptimal ? optimal : all
    let stars = onlyOptimal ? [] : Set(optimal)
    let head =
      "Tested \(all.count) operating points, \(optimal.count) ones are Pareto-optimal:\n"
    return shown.reduce(into: head) { text, point in
      text += "cno=\(point.combination) key=\(point.key)"
      text += " perf=\(point.performance.rounded(places: 4)) t=\(point.seconds.rounded(places: 6))"
      text += stars.contains(point) ? " *\n" : "\n"
    }
  }

  /// Lines `performance seconds key` for plotting; the optimal points as steps. faiss:
  /// `all_to_gnuplot`, `optimal_to_gnuplot`.
  public func plot(onlyOptimal: Bool = true) -> String {
    var reached = 0.0
    return (onlyOptimal ? optimal : all).reduce(into: "") { text, point in
      if onlyOptimal {
        text += "\(reached) \(point.seconds)\n"
        reached = point.performance
      }
      text += "\(point.performance) \(point.seconds) \(point.key)\n"
    }
  }
}

extension Double {
  /// With a fixed number of places after the point.
  func rounded(places: Int) -> String { String(format: "%.\(places)f", self) }
}
