public import VicinalCore
import VicinalIndexes

/// A search setting with what it was measured to bring, as `index_infos.json` reports it.
public struct TunedSetting: Sendable, Equatable, Codable {
  /// `nprobe=16`, `efSearch=64`, or empty for an index without knobs.
  public var parameters: String
  /// 10-recall@10 on held-out queries, 0…1.
  public var recall: Double
  /// Mean time of a single query.
  public var milliseconds: Double
  /// Whether the time is within the bound.
  public var isWithinBound: Bool
}

/// Finds the search setting of a built index: the fastest that reaches the recall asked for
/// within the time allowed, otherwise the best recall within the time allowed.
///
/// AutoFaiss takes the slowest setting within the time allowed and never measures recall; the
/// held-out queries here make it the other way round.
public struct ParameterTuner: Sendable {
  /// Time per query, recall wanted.
  public var budget: Budget

  /// At least so many of the neighbours asked for must come back, whatever the time. AutoFaiss:
  /// `min_nearest_neighbors_to_retrieve`.
  public var leastNeighbors = 20

  /// Tunes for a budget.
  public init(budget: Budget) { self.budget = budget }

  /// Neighbours per query in AutoFaiss's speed measurements.
  static let timedNeighbors = 40
  /// Neighbours per query that recall looks at.
  static let judgedNeighbors = 10
  /// Time for measuring one setting.
  static let secondsPerPoint = 0.3

  /// Measures settings and returns the chosen one with everything that was measured.
  public func tune(
    _ index: any VectorIndex, on queries: HeldOutQueries, execution: Execution = Execution()
  ) throws(IndexError) -> (chosen: TunedSetting, measured: [TunedSetting]) {
    var measured: [TunedSetting] = []
    var complete = Set<Int>()
    let ladder = TunerStep.ladder(for: index)
    for (step, knob) in ladder.enumerated() {
      try execution.checkCancellation()
      execution.progress?(
        WorkProgress(step: "tune", done: step, total: ladder.count, note: knob.description))
      let point = try measure(knob, index, queries, execution)
      measured.append(point)
      let isComplete = try returnsEnough(knob, index, queries, execution)
      if isComplete { complete.insert(step) }
      if point.recall >= budget.targetRecall, isComplete { break }
      // Too slow ends the climb, unless neighbours are still missing: those come first.
      if !point.isWithinBound, isComplete, measured.count > 1 { break }
    }
    execution.progress?(WorkProgress(step: "tune", done: ladder.count, total: ladder.count))
    // The ladder climbs in cost, so the first that satisfies is the fastest. Settings that do
    // not return enough neighbours are out of the question as long as one does.
    let usable = complete.isEmpty ? Array(measured.indices) : complete.sorted()
    let fitting = usable.filter { measured[$0].isWithinBound }
    let chosen =
      fitting.first { measured[$0].recall >= budget.targetRecall }
      ?? fitting.max { measured[$0].recall < measured[$1].recall } ?? usable[0]
    return (measured[chosen], measured)
  }

  private func measure(
    _ knob: TunerStep, _ index: any VectorIndex, _ queries: HeldOutQueries, _ execution: Execution
  ) throws(IndexError) -> TunedSetting {
    let options = knob.options(execution)
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    let latency = try SearchMeasure.latency(
      of: index, queries: batch, k: Self.timedNeighbors, options: options,
      seconds: Self.secondsPerPoint)
    let k = min(Self.judgedNeighbors, queries.k)
    return TunedSetting(
      parameters: knob.description,
      recall: try queries.recall(of: index, k: k, options: options),
      milliseconds: latency.mean, isWithinBound: latency.mean <= budget.queryMilliseconds)
  }

  /// Whether nearly all of the neighbours that must be retrieved come back.
  private func returnsEnough(
    _ knob: TunerStep, _ index: any VectorIndex, _ queries: HeldOutQueries, _ execution: Execution
  ) throws(IndexError) -> Bool {
    let k = max(1, min(leastNeighbors, index.count))
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    let found = try index.search(batch, k: k, options: knob.options(execution))
    return Double(found.ids.count { $0 >= 0 }) >= 0.99 * Double(found.ids.count)
  }
}

/// One setting of the one knob that the tuner turns.
enum TunerStep: Sendable, Equatable, CustomStringConvertible {
  /// There is nothing to set.
  case none
  /// Lists to visit.
  case probes(Int)
  /// Candidates of a graph walk.
  case efSearch(Int)

  /// As faiss's `ParameterSpace` writes it.
  var description: String {
    switch self {
    case .none: ""
    case .probes(let value): "nprobe=\(value)"
    case .efSearch(let value): "efSearch=\(value)"
    }
  }

  /// The setting as options of a search.
  func options(_ execution: Execution) -> SearchOptions {
    switch self {
    case .none: SearchOptions(execution: execution)
    case .probes(let value): SearchOptions(probes: value, execution: execution)
    case .efSearch(let value): SearchOptions(efSearch: value, execution: execution)
    }
  }

  /// Settings from cheap to thorough; steps of about √2 are fine enough to choose from.
  static func ladder(for index: any VectorIndex) -> [TunerStep] {
    switch index.core {
    case let lists as IVFIndex:
      return steps(from: 1, to: lists.listCount).map(TunerStep.probes)
    case is any GraphSearching:
      return steps(from: 16, to: 4096).map(TunerStep.efSearch)
    default: return [.none]
    }
  }

  private static func steps(from first: Int, to last: Int) -> [Int] {
    var values: [Int] = []
    var value = Double(first)
    while Int(value) < last {
      if values.last != Int(value) { values.append(Int(value)) }
      value *= 1.4142135623730951
    }
    return values + [max(first, last)]
  }
}
