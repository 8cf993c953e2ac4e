import Foundation
package import VicinalCore

extension Metric {
  /// All metrics, Lp with a p that no other metric covers.
  package static let everyMetric: [Metric] = [
    .innerProduct, .l2, .l1, .linf, .lp(3), .canberra, .brayCurtis, .jensenShannon, .jaccard,
    .nanEuclidean, .gower,
  ]

  /// The value in double precision, straight from the definition.
  package func value(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Double {
    // The two most asked for, without an array in between.
    switch self {
    case .innerProduct: return Self.sum(x, y) { $0 * $1 }
    case .l2: return Self.sum(x, y) { ($0 - $1) * ($0 - $1) }
    default: break
    }
    let pairs = zip(x, y).map { (Double($0), Double($1)) }
    func sum(_ term: (Double, Double) -> Double) -> Double {
      pairs.reduce(0) { $0 + term($1.0, $1.1) }
    }
    switch self {
    case .innerProduct, .l2: return .nan
    case .l1: return sum { abs($0 - $1) }
    case .linf: return pairs.reduce(0) { max($0, abs($1.0 - $1.1)) }
    case .lp(let p): return sum { pow(abs($0 - $1), Double(p)) }
    case .canberra: return sum { abs($0 - $1) / (abs($0) + abs($1)) }
    case .brayCurtis: return sum { abs($0 - $1) } / sum { abs($0 + $1) }
    case .jensenShannon:
      return 0.5
        * sum {
          let middle = 0.5 * ($0 + $1)
          return $0 * log($0 / middle) + $1 * log($1 / middle)
        }
    case .jaccard: return sum { min($0, $1) } / sum { max($0, $1) }
    case .nanEuclidean:
      let present = pairs.filter { !$0.0.isNaN && !$0.1.isNaN }
      let squares = present.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return Double(x.count) / Double(present.count) * squares
    case .gower: return Self.gowerValue(pairs)
    }
  }

  /// The size of the terms that the value sums, where they cancel: what rounding errors are
  /// relative to. 0 where they do not, and errors are relative to the value.
  package func magnitude(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Double {
    switch self {
    case .innerProduct: return Self.sum(x, y) { abs($0 * $1) }
    case .jensenShannon: return Self.sum(x, y) { abs($0) + abs($1) }
    default: return 0
    }
  }

  private static func sum(
    _ x: ArraySlice<Float>, _ y: ArraySlice<Float>, _ term: (Double, Double) -> Double
  ) -> Double {
    var total = 0.0
    for (a, b) in zip(x, y) { total += term(Double(a), Double(b)) }
    return total
  }

  private static func gowerValue(_ pairs: [(Double, Double)]) -> Double {
    var total = 0.0
    let present = pairs.filter { !$0.0.isNaN && !$0.1.isNaN }
    for (a, b) in present {
      if a >= 0, b >= 0 {
        guard a <= 1, b <= 1 else { return .nan }
        total += abs(a - b)
      } else if a < 0, b < 0 {
        total += a == b ? 0 : 1
      } else {
        return .nan
      }
    }
    return total / Double(present.count)
  }
}
