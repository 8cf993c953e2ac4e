import VicinalCompute
import VicinalCore

extension HNSWIndex {
  /// Gives back memory that growing left unused.
  public mutating func trim() {
    graph.levels = Array(graph.levels[...])
    graph.offsets = Array(graph.offsets[...])
    graph.neighbors = Array(graph.neighbors[...])
    rows.trim()
  }
}
