public import VicinalCore
public import VicinalIndexes

/// The values of one parameter that are tried, from the fastest to the most accurate. faiss:
/// `ParameterRange`.
public struct ParameterRange: Sendable, Hashable, Codable {
  /// The name of a ``Knob``.
  public var name: String
  /// The values, from the fastest to the most accurate.
  public var values: [Double]

  /// Tries these values.
  public init(_ name: String, _ values: [Double]) {
    self.name = name
    self.values = values
  }
}

/// All combinations of the values of some parameters; finds out which are worth using.
///
/// ```swift
/// let space = ParameterSpace(of: index)                 // nprobe: 1, 2, 4 …
/// let found = try space.explore(index, queries: queries, criterion: criterion)
/// let best = found.points.fastest(reaching: 0.9)        // key "nprobe=8"
/// ```
///
/// The number of combinations is the product of the numbers of values, so
/// ``explore(_:queries:criterion:options:)`` tries some of them and leaves out those that cannot be
/// worthwhile.
///
/// faiss: `ParameterSpace`.
public struct ParameterSpace: Sendable, Equatable, Codable {
  /// The parameters; the first changes fastest when combinations are counted.
  public var ranges: [ParameterRange]

  /// Combinations of these values.
  public init(_ ranges: [ParameterRange] = []) { self.ranges = ranges }

  /// Every parameter that an index has, with the values that the index suggests. faiss:
  /// `initialize`.
  ///
  /// - Parameter includesRatio: Whether ``VicinalCore/SearchOptions/cellRatio``, `ratio`, is tried too,
  ///   where there are inverted lists: faiss could not search the file in the same way.
  public init(of index: any VectorIndex, includesRatio: Bool = false) {
    let knobs = index.availableKnobs
    ranges = knobs.filter { !$0.steps.isEmpty }.map { ParameterRange($0.name, $0.steps) }
    if includesRatio, knobs.contains(where: { $0.name == "ratio" }) {
      ranges.append(ParameterRange("ratio", Self.ratios))
    }
  }

  /// Ratios worth trying, from the fastest to the most accurate.
  private static let ratios = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0]

  /// Replaces the values of a parameter, or adds the parameter. faiss: `add_range`.
  public mutating func setRange(_ name: String, _ values: [Double]) {
    if let place = ranges.firstIndex(where: { $0.name == name }) {
      ranges[place].values = values
    } else {
      ranges.append(ParameterRange(name, values))
    }
  }

  /// Combinations: the product of the numbers of values, 1 without parameters; `Int.max` if there
  /// are more. faiss: `n_combinations`.
  public var combinationCount: Int {
    guard ranges.allSatisfy({ !$0.values.isEmpty }) else { return 0 }
    return ranges.reduce(1) { product, range in
      let (next, overflow) = product.multipliedReportingOverflow(by: range.values.count)
      return overflow ? .max : next
    }
  }

  /// The settings of a combination. faiss: `combination_name`.
  ///
  /// - Parameter combination: 0 is the fastest, `combinationCount - 1` the most accurate.
  /// - Throws: ``IndexError/Code/invalidArgument`` for other numbers.
  public func settings(of combination: Int) throws(IndexError) -> KnobSettings {
    guard (0..<combinationCount).contains(combination) else {
      throw IndexError(
        .invalidArgument,
        "combinations are 0 ..< \(combinationCount), there is no combination \(combination)")
    }
    return KnobSettings(
      zip(ranges, places(of: combination)).map { .init($0.name, $0.values[$1]) })
  }

  /// Whether every parameter has at least as thorough a value in combination `a` as in `b`. faiss:
  /// `combination_ge`.
  public func isAtLeast(_ a: Int, _ b: Int) -> Bool {
    zip(places(of: a), places(of: b)).allSatisfy { $0 >= $1 }
  }

  /// Which value of each parameter a combination takes.
  private func places(of combination: Int) -> [Int] {
    var rest = combination
    return ranges.map { range in
      let count = max(1, range.values.count)
      defer { rest /= count }
      return rest % count
    }
  }

  /// Sets the parameters of a combination. faiss: `set_index_parameters`.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for a combination that does not exist, and as
  ///   ``KnobSettings/apply(to:)``; the index is then as before.
  public func setParameters(
    of index: inout any VectorIndex, combination: Int
  ) throws(IndexError) {
    try settings(of: combination).apply(to: &index)
  }

  /// Sets parameters written as `nprobe=16,ht=40`. faiss: `set_index_parameters`.
  ///
  /// - Throws: As ``KnobSettings``; the index is then as before.
  public static func setParameters(
    of index: inout any VectorIndex, _ text: String
  ) throws(IndexError) {
    try KnobSettings(parsing: text).apply(to: &index)
  }

  /// What can be known about a combination from measured ones: thorough settings are never faster,
  /// and never worse. faiss: `update_bounds`.
  ///
  /// - Parameters:
  ///   - combination: Not measured yet.
  ///   - points: Measured in this space.
  /// - Returns: The best performance and the least time that it can have.
  public func bounds(
    of combination: Int, from points: some Sequence<OperatingPoint>
  ) -> (performance: Double, seconds: Double) {
    var (performance, seconds) = (1.0, 0.0)
    for point in points where point.combination >= 0 {
      if isAtLeast(combination, point.combination) { seconds = max(seconds, point.seconds) }
      if isAtLeast(point.combination, combination) {
        performance = min(performance, point.performance)
      }
    }
    return (performance, seconds)
  }
}

extension ParameterSpace: CustomStringConvertible {
  /// The parameters with their values, one a line. faiss: `display`.
  public var description: String {
    ranges.reduce(
      into: "ParameterSpace, \(ranges.count) parameters, \(combinationCount) combinations:\n"
    ) { text, range in
      text += "   \(range.name): [\(range.values.map(\.knobText).joined(separator: ", "))]\n"
    }
  }
}
