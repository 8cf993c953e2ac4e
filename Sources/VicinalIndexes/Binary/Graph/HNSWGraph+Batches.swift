import VicinalCompute
import VicinalCore

extension HNSWGraph {
  /// Adds nodes for rows that `view` holds already and links them.
  ///
  /// - Throws: As ``link(_:seed:view:vectors:from:execution:)``.
  mutating func appendLinked(
    _ nodes: Range<Int>, seed: UInt64, view: GraphView, execution: Execution
  ) throws(IndexError) {
    appendNodes(nodes.count, seed: seed)
    let none: [Float] = []
    try link(
      nodes, seed: seed, view: view, vectors: none.span, from: nodes.upperBound,
      execution: execution)
  }
}
