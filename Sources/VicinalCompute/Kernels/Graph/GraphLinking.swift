import CVicinalKernels
package import VicinalCore

extension GraphView {
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
  ///   - vectors: The vectors that codes were made of, of the nodes from `first` on; empty if only
  ///     the codes are there.
  ///   - isAnew: Whether the nodes are in the graph already and get other links; their old ones
  ///     serve until the whole batch has chosen.
  package func link(
    _ batch: ArraySlice<Int32>, levels: [Int32], neighbors: inout [Int32], offsets: [UInt64],
    entry: GraphEntry, limit: Int, workers: Int, vectors: Span<Float>, from first: Int = 0,
    isAnew: Bool = false
  ) throws(IndexError) {
    try unsafe neighbors.withUnsafeMutableBufferPointer { (links) throws(IndexError) in
      try unsafe offsets.withUnsafeBufferPointer { (offsets) throws(IndexError) in
        guard let links = links.baseAddress, let starts = offsets.baseAddress else { return }
        try unsafe withGraph(neighbors: links, offsets: starts) { (graph) throws(IndexError) in
          let pairs = try unsafe insert(
            batch, levels: levels, graph, entry: entry, limit: limit, workers: workers,
            vectors: vectors, from: first, isAnew: isAnew)
          for (level, pairs) in pairs.enumerated() {
            try unsafe linkBack(
              isAnew ? missing(pairs, level: level, graph) : pairs, level: level, graph,
              workers: workers)
          }
        }
      }
    }
  }

  /// Adds links back, skipping those that are there already. Lists that overflow are pruned.
  ///
  /// - Parameter links: Per level, target << 32 | source for every link from source to target.
  package func linkBack(
    _ links: [[UInt64]], neighbors: inout [Int32], offsets: [UInt64], workers: Int
  ) throws(IndexError) {
    try unsafe neighbors.withUnsafeMutableBufferPointer { (slots) throws(IndexError) in
      try unsafe offsets.withUnsafeBufferPointer { (offsets) throws(IndexError) in
        guard let slots = slots.baseAddress, let starts = offsets.baseAddress else { return }
        try unsafe withGraph(neighbors: slots, offsets: starts) { (graph) throws(IndexError) in
          for (level, pairs) in links.enumerated() {
            try unsafe linkBack(
              missing(pairs, level: level, graph), level: level, graph, workers: workers)
          }
        }
      }
    }
  }

  /// A link from a node of the batch: target << 32 | source.
  private typealias Pair = UInt64

  /// The links back that are not there yet.
  private func missing(
    _ pairs: [Pair], level: Int, _ graph: UnsafePointer<vcl_graph>
  ) -> [Pair] {
    pairs.filter { pair in
      let list = unsafe list(of: Int32(pair >> 32), level: level, graph)
      return unsafe !list.contains(Int32(truncatingIfNeeded: pair))
    }
  }

  /// Chooses the links of the batch. Returns, per level, the links chosen, in the batch's order.
  private func insert(
    _ batch: ArraySlice<Int32>, levels: [Int32], _ graph: UnsafePointer<vcl_graph>,
    entry: GraphEntry, limit: Int, workers: Int, vectors: Span<Float>, from firstNode: Int,
    isAnew: Bool
  ) throws(IndexError) -> [[Pair]] {
    let ranges = evenRanges(batch.count, parts: workers == 1 ? 1 : workers * 8, minimum: 8)
    // Safe to share: every node's lists are written by one call, and no call reads them.
    nonisolated(unsafe) let graph = unsafe graph
    let parts = try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      var walk = try GraphWalk(self, limit: limit, count: count, isLinking: true)
      var own = unsafe walk.own(graph)
      var pairs = [[Pair]](repeating: [], count: Int(entry.maxLevel) + 1)
      var lists: [Int32] = []
      for place in ranges[part] {
        let node = batch[batch.startIndex + place]
        let top = levels[Int(node)] - 1
        let size = Int(cumulative[Int(top) + 1])
        let first = lists.count
        if isAnew { lists += repeatElement(-1, count: size) }
        var query = unsafe vcl_graph_query()
        if walk.isCoded {
          let place = (Int(node) - firstNode) * dimension
          unsafe query =
            place >= 0 && place < vectors.count
            ? walk.begin(query: vectors.extracting(place..<place + dimension))
            : walk.begin(row: node)
        }
        unsafe lists.withUnsafeMutableBufferPointer { lists in
          let old = unsafe own.neighbors + Int(own.offsets[Int(node)])
          let out = unsafe isAnew ? lists.baseAddress.map { unsafe $0 + first } ?? old : old
          unsafe walk.functions.insert(
            &own, &query, node, top, entry.node, entry.maxLevel, out, &walk.state)
          for level in 0...Int(min(top, entry.maxLevel)) {
            for slot in Int(cumulative[level])..<Int(cumulative[level + 1]) {
              let target = unsafe out[slot]
              guard target >= 0 else { break }
              pairs[level].append(Pair(target) << 32 | Pair(node))
            }
          }
        }
      }
      return (pairs: pairs, lists: lists)
    }
    if isAnew {
      for (range, part) in zip(ranges, parts) {
        unsafe replaceLists(of: batch, range, with: part.lists, levels: levels, graph)
      }
    }
    return (0...Int(entry.maxLevel)).map { level in parts.flatMap { $0.pairs[level] } }
  }

  private func replaceLists(
    of batch: ArraySlice<Int32>, _ range: Range<Int>, with lists: [Int32], levels: [Int32],
    _ graph: UnsafePointer<vcl_graph>
  ) {
    var first = 0
    for place in range {
      let node = Int(batch[batch.startIndex + place])
      let own = unsafe graph.pointee.neighbors + Int(graph.pointee.offsets[node])
      let size = Int(cumulative[Int(levels[node])])
      for slot in 0..<size { unsafe own[slot] = lists[first + slot] }
      first += size
    }
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
    _ = try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      var walk = try GraphWalk(self, limit: 1, count: 0, isLinking: true)
      var own = unsafe walk.own(graph)
      let range = ranges[part]
      unsafe sources.withUnsafeBufferPointer { sources in
        unsafe targets.withUnsafeBufferPointer { targets in
          unsafe limits.withUnsafeBufferPointer { limits in
            guard let nodes = targets.baseAddress, let starts = limits.baseAddress else { return }
            unsafe walk.functions.link(
              &own, Int32(level), nodes + range.lowerBound, starts + range.lowerBound,
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
    let highest = UInt64(count)
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
