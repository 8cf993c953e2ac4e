import Foundation
import VicinalCompute
import VicinalCore

extension HNSWGraph {
  /// Levels rarer than this do not exist. faiss: `set_default_probas`.
  private static let rarestLevel: Float = 1e-9

  /// faiss's tables for a given M, bit for bit: λ is a float, and so is each probability, but
  /// the arithmetic between is in double.
  static func tables(links: Int) -> (probabilities: [Double], cumulative: [Int32]) {
    let lambda = Float(1 / log(Double(links)))
    var probabilities: [Double] = []
    var cumulative: [Int32] = [0]
    var slots = Int32(0)
    while true {
      let level = probabilities.count
      let fall = exp(Double(-Float(level) / lambda))
      let probability = Float(fall * (1 - exp(Double(-1 / lambda))))
      guard probability >= rarestLevel else { return (probabilities, cumulative) }
      probabilities.append(Double(probability))
      slots += Int32(level == 0 ? 2 * links : links)
      cumulative.append(slots)
    }
  }

  /// The highest level of a node, drawn by its number, so that it does not depend on what was
  /// added before or by how many threads.
  func drawnLevel(of node: Int, seed: UInt64) -> Int {
    let bits = SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(node) &* 0x9e37_79b9_7f4a_7c15)
    var rest = Double(bits >> 11) * 0x1p-53
    let highest = cumulative.count - 2
    for (level, probability) in assignProbabilities.enumerated() {
      if rest < probability { return min(level, highest) }
      rest -= probability
    }
    return max(0, min(assignProbabilities.count - 1, highest))
  }

  /// Adds nodes without links, with drawn levels.
  ///
  /// - Parameter passed: Numbers that levels were drawn from before, beyond those of the nodes.
  mutating func appendNodes(_ added: Int, seed: UInt64, passed: Int = 0) {
    let first = levels.count
    var end = offsets[first]
    for node in first..<first + added {
      let top = drawnLevel(of: node + passed, seed: seed)
      levels.append(Int32(top + 1))
      end += UInt64(cumulative[top + 1])
      offsets.append(end)
    }
    appendEmptyLinks(to: &neighbors, count: Int(end) - neighbors.count)
  }
}
