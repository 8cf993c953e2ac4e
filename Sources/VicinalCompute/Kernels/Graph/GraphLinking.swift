import CVicinalKernels
package import VicinalCore

extension GraphView {
  /// Links a batch of nodes into a graph, with the same result for any number of workers.
  ///
  /// First every node of the batch chooses its links by searching the graph as it was before the
  /// batch; it writes only its own lists, which nobody reads yet. Where codes do not tell its candidates
  /// apart, it chooses by floats, and so do the nodes to which it links: by codes, links in a close
  /// cluster would be drawn by lot, and parts of it could not be reached. Then the links back are grouped
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
          let (pairs, blurred) = try unsafe insert(
            batch, levels: levels, graph, entry: entry, limit: limit, workers: workers,
            vectors: vectors, from: first, isAnew: isAnew)
          for (level, pairs) in pairs.enumerated() {
            try unsafe linkBack(
              isAnew ? missing(pairs, level: level, graph) : pairs, blurred, level: level, graph,
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
              missing(pairs, level: level, graph), [], level: level, graph, workers: workers)
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

  /// Chooses the links of the batch. Nodes whose candidates codes cannot tell apart choose by floats.
  ///
  /// - Returns: Per level the links chosen, in the batch's order; and the nodes that chose by floats.
  private func insert(
    _ batch: ArraySlice<Int32>, levels: [Int32], _ graph: UnsafePointer<vcl_graph>,
    entry: GraphEntry, limit: Int, workers: Int, vectors: Span<Float>, from firstNode: Int,
    isAnew: Bool
  ) throws(IndexError) -> (pairs: [[Pair]], blurred: Set<Int32>) {
    let ranges = evenRanges(batch.count, parts: workers == 1 ? 1 : workers * 8, minimum: 8)
    // Safe to share: every node's lists are written by one call, and no call reads them.
    nonisolated(unsafe) let graph = unsafe graph
    let parts = try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      let nodes = batch[
        batch.startIndex + ranges[part].lowerBound..<batch.startIndex + ranges[part].upperBound]
      var lists = ChosenLists(nodes, levels: levels, cumulative: cumulative, isAnew: isAnew)
      let blurred = try unsafe choose(
        nodes, levels: levels, graph, entry: entry, limit: limit, vectors: vectors,
        from: firstNode, into: &lists)
      if !blurred.isEmpty, let exact = withoutCodes(), let links = unsafe graph.pointee.neighbors,
        let starts = unsafe graph.pointee.offsets
      {
        try unsafe exact.withGraph(neighbors: links, offsets: starts) {
          (graph) throws(IndexError) in
          for node in blurred { unsafe lists.clear(node, graph) }
          _ = try unsafe exact.choose(
            blurred[...], levels: levels, graph, entry: entry, limit: limit, vectors: vectors,
            from: firstNode, into: &lists)
        }
      }
      var pairs = [[Pair]](repeating: [], count: Int(entry.maxLevel) + 1)
      for node in nodes {
        let top = min(levels[Int(node)] - 1, entry.maxLevel)
        unsafe lists.forEach(of: node, upTo: Int(top), graph) { level, target in
          pairs[level].append(Pair(target) << 32 | Pair(node))
        }
      }
      return (lists: lists, pairs: pairs, blurred: blurred)
    }
    if isAnew { for part in parts { unsafe part.lists.store(in: graph) } }
    let pairs = (0...Int(entry.maxLevel)).map { level in parts.flatMap { $0.pairs[level] } }
    return (pairs, Set(parts.flatMap { $0.blurred }))
  }

  /// Chooses the links of some nodes.
  ///
  /// - Returns: Those whose candidates the codes cannot tell apart.
  private func choose(
    _ nodes: ArraySlice<Int32>, levels: [Int32], _ graph: UnsafePointer<vcl_graph>,
    entry: GraphEntry, limit: Int, vectors: Span<Float>, from firstNode: Int,
    into lists: inout ChosenLists
  ) throws(IndexError) -> [Int32] {
    var walk = try GraphWalk(self, limit: limit, count: count, isLinking: true)
    var own = unsafe walk.own(graph)
    var blurred: [Int32] = []
    for node in nodes {
      let top = levels[Int(node)] - 1
      var query = unsafe vcl_graph_query()
      if walk.isCoded {
        let place = (Int(node) - firstNode) * dimension
        unsafe query =
          place >= 0 && place < vectors.count
          ? walk.begin(query: vectors.extracting(place..<place + dimension))
          : walk.begin(row: node)
      }
      unsafe lists.withList(of: node, &own) { own, out in
        unsafe walk.functions.insert(
          &own, &query, node, top, entry.node, entry.maxLevel, out, &walk.state)
      }
      if codeStride > 0, !walk.tellsApart(from: node) { blurred.append(node) }
    }
    return blurred
  }

  /// Adds links back. Nodes to which one links that chose by floats choose by floats as well.
  private func linkBack(
    _ pairs: [Pair], _ blurred: Set<Int32>, level: Int, _ graph: UnsafePointer<vcl_graph>,
    workers: Int
  ) throws(IndexError) {
    var sorted = sortedByTarget(pairs)
    if !blurred.isEmpty, let exact = withoutCodes(), let links = unsafe graph.pointee.neighbors,
      let starts = unsafe graph.pointee.offsets
    {
      var targets: Set<Int32> = []
      for pair in sorted where blurred.contains(Int32(truncatingIfNeeded: pair & 0xffff_ffff)) {
        targets.insert(Int32(truncatingIfNeeded: pair >> 32))
      }
      let close = sorted.filter { targets.contains(Int32(truncatingIfNeeded: $0 >> 32)) }
      sorted.removeAll { targets.contains(Int32(truncatingIfNeeded: $0 >> 32)) }
      try unsafe exact.withGraph(neighbors: links, offsets: starts) {
        (graph) throws(IndexError) in
        try unsafe exact.linkBack(sorted: close, level: level, graph, workers: workers)
      }
    }
    try unsafe linkBack(sorted: sorted, level: level, graph, workers: workers)
  }

  private func linkBack(
    sorted: [Pair], level: Int, _ graph: UnsafePointer<vcl_graph>, workers: Int
  ) throws(IndexError) {
    guard !sorted.isEmpty else { return }
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
