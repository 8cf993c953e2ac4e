import VicinalCompute
import VicinalCore

extension HNSWGraph {
  /// What has been inserted so far, divided by this, may be added by the next batch. Nodes of one
  /// batch do not see each other; see ``HNSWIndex``.
  private static let batchShare = 32

  /// Bounds the memory for the links of a batch.
  private static let largestBatch = 65_536

  /// Adds nodes for rows that `view` holds already and links them, with the same result for any
  /// number of workers.
  ///
  /// - Throws: ``IndexError/Code/cancelled``; the graph is then unfinished.
  mutating func appendLinked(
    _ nodes: Range<Int>, seed: UInt64, view: GraphView, execution: Execution
  ) throws(IndexError) {
    appendNodes(nodes.count, seed: seed)
    let order = insertionOrder(nodes, seed: seed)
    let workers = execution.workerCount
    let none: [Float] = []
    var done = 0
    if entryPoint < 0, let first = order.first {
      setEntry(first)
      done = 1
    }
    while done < order.count {
      try execution.checkCancellation()
      let size = min(max(1, done / Self.batchShare), Self.largestBatch)
      var end = min(order.count, done + size)
      // A node that adds a level becomes the entry point before the next node comes.
      let isHigher = levels[Int(order[done])] > maxLevel + 1
      if isHigher { end = done + 1 }
      try view.link(
        order[done..<end], levels: levels, neighbors: &neighbors, offsets: offsets,
        entry: GraphEntry(node: entryPoint, maxLevel: maxLevel),
        limit: min(Int(efConstruction), levels.count), workers: workers,
        vectors: none.span)
      if isHigher { setEntry(order[done]) }
      done = end
      execution.progress?(WorkProgress(step: "link", done: done, total: order.count))
    }
  }

  /// High levels first, so that every node finds all levels above its own complete, and otherwise
  /// scattered, so that data sorted by content does not end up in one batch.
  private func insertionOrder(_ nodes: Range<Int>, seed: UInt64) -> [Int32] {
    let keys = nodes.map { node in
      let below = UInt64(max(0, 63 - levels[node]))
      let hash = SplitMix64.mix(seed &+ UInt64(node)) >> 38
      return below << 58 | hash << 32 | UInt64(node)
    }
    return keys.sorted().map { Int32(truncatingIfNeeded: $0 & 0x7fff_ffff) }
  }

  private mutating func setEntry(_ node: Int32) {
    entryPoint = node
    maxLevel = levels[Int(node)] - 1
  }
}
