import VicinalCompute
import VicinalCore

extension HNSWGraph {
  /// What a call has inserted so far, divided by this, may be added by the next batch. Nodes of one
  /// batch do not see each other: on 200,000 SIFT vectors (M 32, efSearch 64) recall was 0.9902 one
  /// by one, 0.9900 at 128, 0.9893 at 32 and 0.9880 at 8.
  static let batchShare = 32

  /// Bounds the memory for the links of a batch, about 1 KiB per node.
  static let largestBatch = 65_536

  /// Links nodes that have levels but no links, with the same result for any number of workers.
  ///
  /// - Parameters:
  ///   - nodes: Those to link; their rows are in `view`.
  ///   - seed: What the order in which they are linked depends on.
  ///   - vectors: Where `view` holds codes: what those from row `first` on were made of.
  /// - Throws: ``IndexError/Code/cancelled``; the graph is then unfinished.
  mutating func link(
    _ nodes: Range<Int>, seed: UInt64, view: GraphView, vectors: Span<Float>, from first: Int,
    execution: Execution
  ) throws(IndexError) {
    let order = insertionOrder(nodes, seed: seed)
    let workers = execution.workerCount
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
        limit: min(max(1, Int(efConstruction)), levels.count), workers: workers, vectors: vectors,
        from: first)
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
