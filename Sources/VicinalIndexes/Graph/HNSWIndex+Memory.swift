import VicinalCoding
import VicinalCompute
import VicinalCore

extension HNSWIndex {
  /// Gives back memory that growing left unused.
  public mutating func trim() {
    graph.levels.trim()
    graph.offsets.trim()
    graph.neighbors.trim()
    rows.trim()
    codes?.trim()
    coded?.codes.trim()
  }
}
