import CVicinalKernels
package import VicinalCore

extension WalkableRows {
  /// Links a batch of nodes into a graph, with the same result for any number of workers.
  ///
  /// First every node of the batch chooses its links by searching the graph as it was before the
  /// batch; it writes only its own lists, which nobody reads yet. Then the links back are grouped
  /// by the node that gets them, and each such node takes them in the order of the batch. This is
  /// how ParlayANN (Manohar et al., PPoPP 2024) makes incremental graphs deterministic.
  ///
  /// - Parameters:
  ///   - batch: Nodes without links, ascending in the order in which they count as inserted.
  ///   - levels: Levels of every node, at least 1.
  ///   - neighbors: Links, changed in place.
  ///   - offsets: Where the links of each node begin.
  ///   - entry: Where searches begin.
  ///   - limit: Candidates kept while searching (faiss: efConstruction).
  package func link(
    _ batch: ArraySlice<Int32>, levels: [Int32], neighbors: inout [Int32], offsets: [UInt64],
    entry: GraphEntry, limit: Int, workers: Int
  ) throws(IndexError) {
    try unsafe neighbors.withUnsafeMutableBufferPointer { (links) throws(IndexError) in
      try unsafe offsets.withUnsafeBufferPointer { (offsets) throws(IndexError) in
        guard let links = links.baseAddress, let starts = offsets.baseAddress else { return }
        try unsafe withGraph(neighbors: links, offsets: starts) { (graph) throws(IndexError) in
          let pairs = try unsafe insert(
            batch, levels: levels, graph, entry: entry, limit: limit, workers: workers)
          for (level, pairs) in pairs.enumerated() {
            try unsafe linkBack(pairs, level: level, graph, workers: workers)
          }
        }
      }
    }
  }

  /// A link from a node of the batch: target << 32 | source.
  private typealias Pair = UInt64

  /// Chooses the links of the batch. Returns, per level, the links chosen, in the batch's order.
  private func insert(
    _ batch: ArraySlice<Int32>, levels: [Int32], _ graph: UnsafePointer<vcl_graph>,
    entry: GraphEntry, limit: Int, workers: Int
  ) throws(IndexError) -> [[Pair]] {
    let ranges = evenRanges(batch.count, parts: workers == 1 ? 1 : workers * 8, minimum: 8)
    // Safe to share: every node's lists are written by one call, and no call reads them.
    nonisolated(unsafe) let graph = unsafe graph
    let parts = try parallelMap(ranges.count, workers: workers) { part in
      var walk = GraphWalk(self, limit: limit, count: rowCount, isLinking: true)
      var pairs = [[Pair]](repeating: [], count: Int(entry.maxLevel) + 1)
      for place in ranges[part] {
        let node = batch[batch.startIndex + place]
        let top = levels[Int(node)] - 1
        unsafe walk.functions.insert(
          graph, node, top, entry.node, entry.maxLevel, &walk.state)
        for level in 0...Int(min(top, entry.maxLevel)) {
          unsafe list(of: node, level: level, graph).forEach { target in
            if target >= 0 { pairs[level].append(Pair(target) << 32 | Pair(node)) }
          }
        }
      }
      return pairs
    }
    return (0...Int(entry.maxLevel)).map { level in parts.flatMap { $0[level] } }
  }

  private func linkBack(
    _ pairs: [Pair], level: Int, _ graph: UnsafePointer<vcl_graph>, workers: Int
  ) throws(IndexError) {
    let sorted = sortedByTarget(pairs)
    let sources = sorted.map { Int32(truncatingIfNeeded: $0 & 0xffff_ffff) }
    var targets: [Int32] = []
    var limits: [UInt32] = []
    for place in sorted.indices
    where place == 0 || sorted[place] >> 32 != sorted[place - 1] >> 32 {
      targets.append(Int32(truncatingIfNeeded: sorted[place] >> 32))
      limits.append(UInt32(place))
    }
    limits.append(UInt32(sorted.count))
    let ranges = evenRanges(targets.count, parts: workers == 1 ? 1 : workers * 8, minimum: 32)
    // Safe to share: every target's list is written by one call, and no call reads another's.
    nonisolated(unsafe) let graph = unsafe graph
    _ = try parallelMap(ranges.count, workers: workers) { part in
      var walk = GraphWalk(self, limit: 1, count: 0, isLinking: true)
      let range = ranges[part]
      unsafe sources.withUnsafeBufferPointer { sources in
        unsafe targets.withUnsafeBufferPointer { targets in
          unsafe limits.withUnsafeBufferPointer { limits in
            guard let nodes = targets.baseAddress, let starts = limits.baseAddress else { return }
            unsafe walk.functions.link(
              graph, Int32(level), nodes + range.lowerBound, starts + range.lowerBound,
              range.count, sources.baseAddress, &walk.state)
          }
        }
      }
    }
  }

  private func list(
    of node: Int32, level: Int, _ graph: UnsafePointer<vcl_graph>
  ) -> UnsafeBufferPointer<Int32> {
    let start = unsafe Int(graph.pointee.offsets[Int(node)]) + Int(cumulative[level])
    return unsafe UnsafeBufferPointer(
      start: graph.pointee.neighbors + start, count: Int(cumulative[level + 1] - cumulative[level]))
  }

  /// Sorts by target and keeps the order of equal targets.
  private func sortedByTarget(_ pairs: [Pair]) -> [Pair] {
    guard pairs.count > 1 else { return pairs }
    let digitBits: UInt64 = 11
    let highest = UInt64(rowCount)
    var from = pairs
    var to = pairs
    var shift: UInt64 = 32
    while highest >> (shift - 32) > 0 {
      var starts = [Int](repeating: 0, count: 1 << Int(digitBits))
      let mask = UInt64(starts.count - 1)
      for pair in from { starts[Int(pair >> shift & mask)] += 1 }
      var sum = 0
      for digit in starts.indices {
        let length = starts[digit]
        starts[digit] = sum
        sum += length
      }
      for pair in from {
        let digit = Int(pair >> shift & mask)
        to[starts[digit]] = pair
        starts[digit] += 1
      }
      swap(&from, &to)
      shift += digitBits
    }
    return from
  }
}
