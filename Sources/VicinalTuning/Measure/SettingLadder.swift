import Foundation
import VicinalCore
import VicinalIndexes

/// The settings of an index that are worth measuring, in rows of ascending thoroughness: along a
/// row cells or candidates grow, from row to row the number of candidates that are compared again.
struct SettingLadder: Sendable, Equatable {
  /// Settings, each row from the cheapest to the most thorough; never empty.
  let rows: [[KnobSettings]]

  /// Settings of a row over which its value doubles, at least 1.
  let stepsPerDoubling: Int

  /// What an index has: `nprobe` or `efSearch`, and `k_factor_rf` or `k_factor`.
  ///
  /// - Parameters:
  ///   - neighbors: `efSearch` begins there, or at 16: our walks are never shorter than for that many
  ///     neighbours, but faiss's are, and the file is for both.
  ///   - ratio: How much larger each value of a row is than the one before, above 1.
  init(
    of index: any VectorIndex, neighbors: Int, ratio: Double = 1.4142135623730951
  ) {
    var steps = 1
    while pow(ratio, Double(steps)) < 1.99 { steps += 1 }
    stepsPerDoubling = steps
    let knobs = index.availableKnobs
    let names = Set(knobs.map(\.name))
    let main = Self.main(of: index, neighbors, ratio)
    guard let again = ["k_factor_rf", "k_factor"].first(where: names.contains) else {
      rows = [main.map { KnobSettings($0) }]
      return
    }
    rows = [1.0, 2, 4, 8, 16, 32, 64].map { factor in
      main.map { KnobSettings($0 + [KnobSettings.Entry(again, factor)]) }
    }
  }

  private static func main(
    of index: any VectorIndex, _ neighbors: Int, _ ratio: Double
  ) -> [[KnobSettings.Entry]] {
    switch index.searchedFirst {
    case let lists as IVFIndex:
      let isGraph = lists.availableKnobs.contains { $0.name == "quantizer_efSearch" }
      return steps(from: 1, to: lists.listCount, ratio).map { probes in
        let cells = KnobSettings.Entry("nprobe", Double(probes))
        // A graph finds the nearest cells only among as many candidates.
        return isGraph
          ? [cells, KnobSettings.Entry("quantizer_efSearch", Double(max(16, 2 * probes)))] : [cells]
      }
    case is any GraphSearching:
      return steps(from: max(16, min(neighbors, 4096)), to: 4096, ratio).map {
        [KnobSettings.Entry("efSearch", Double($0))]
      }
    default: return [[]]
    }
  }

  private static func steps(from first: Int, to last: Int, _ ratio: Double) -> [Int] {
    var values: [Int] = []
    var value = Double(first)
    while Int(value) < last {
      if values.last != Int(value) { values.append(Int(value)) }
      value *= ratio
    }
    return values + [max(first, last)]
  }
}

extension VectorIndex {
  /// The innermost index that finds candidates, behind maps, transforms and refinement.
  var searchedFirst: any VectorIndex {
    switch core {
    case let refined as RefinedIndex: refined.base.searchedFirst
    case let refined as IVFPQRIndex: refined.base
    // Shards are alike.
    case let sharded as ShardedIndex: sharded.shards[0].searchedFirst
    default: core
    }
  }
}
