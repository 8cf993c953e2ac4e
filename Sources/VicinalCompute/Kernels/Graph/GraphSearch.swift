import CVicinalKernels
package import VicinalCore

/// A row that a graph search found, with its exact value.
package struct GraphHit: Sendable {
  /// The row.
  package var id: Int32

  /// In the metric's own scale.
  package var value: Float
}

/// Where searches of a graph begin, and how wide they are.
package struct GraphEntry: Sendable {
  let node: Int32
  let maxLevel: Int32

  /// - Parameters:
  ///   - node: A node of the highest level.
  ///   - maxLevel: The highest level, counted from 0.
  package init(node: Int32, maxLevel: Int32) {
    self.node = node
    self.maxLevel = maxLevel
  }
}

extension GraphView {
  /// Walks the graph for each query and compares the best nodes in float.
  ///
  /// Where the codes of a walk cannot tell the nodes that it kept apart, since these lie much closer
  /// together than all vectors do, the walk is repeated with floats.
  ///
  /// - Parameters:
  ///   - queries: Finite vectors.
  ///   - neighbors: Links of the graph.
  ///   - offsets: Where the links of each node begin.
  ///   - entry: Where to begin.
  ///   - limit: Nodes kept while walking (faiss: efSearch), at least 1.
  ///   - mostNearer: The walk ends at a node with so many nearer ones; at least 1. Above `limit` it
  ///     makes no difference.
  ///   - avoided: For each query a node that is not walked over, if in range; empty for none.
  ///   - wanted: Hits that matter, at least 1.
  ///   - taken: How many of them are compared in float; more where codes leave it open which the nearest are.
  ///   - isTaken: Which rows count; others are walked over. `nil` takes all.
  ///   - body: Receives the number of a query and its hits, best first, ties by id; queries that were
  ///     walked for twice come last.
  /// - Throws: ``IndexError`` if the rows are codes that cannot be compared.
  package func search(
    _ queries: borrowing VectorBatch, neighbors: [Int32], offsets: [UInt64], entry: GraphEntry,
    limit: Int, mostNearer: Int = .max, avoided: ArraySlice<Int64> = [], wanted: Int, taken: Int,
    where isTaken: ((Int32) -> Bool)?,
    _ body: (Int, [GraphHit]) -> Void
  ) throws(IndexError) {
    var walk = try GraphWalk(self, limit: limit, count: count)
    unsafe walk.state.most_nearer = UInt32(clamping: mostNearer)
    // Queries for which codes were too coarse.
    var blurred: [Int] = []
    unsafe neighbors.withUnsafeBufferPointer { neighbors in
      unsafe offsets.withUnsafeBufferPointer { offsets in
        guard let links = neighbors.baseAddress, let starts = offsets.baseAddress else { return }
        // The search does not write; only linking does.
        let mutable = unsafe UnsafeMutablePointer(mutating: links)
        unsafe withGraph(neighbors: mutable, offsets: starts) { shared in
          var graph = unsafe walk.own(shared)
          for number in 0..<queries.count {
            let vector = queries.row(number)
            var query = unsafe walk.begin(query: vector)
            if !avoided.isEmpty {
              let node = avoided[avoided.startIndex + number]
              unsafe walk.state.avoided = 0..<Int64(count) ~= node ? Int32(node) : -1
            }
            unsafe walk.functions.search(
              &graph, &query, entry.node, entry.maxLevel, &walk.state)
            if codeStride == 0 {
              let ids = walk.best(taken) { isTaken?($0) ?? true }
              body(number, walk.ranked(ids, vector))
            } else if let hits = walk.settled(
              vector, wanted: wanted, taken: taken, where: { isTaken?($0) ?? true })
            {
              body(number, hits)
            } else {
              blurred.append(number)
            }
          }
        }
      }
    }
    guard !blurred.isEmpty, let view = withoutCodes() else { return }
    for number in blurred {
      let first = avoided.startIndex + number
      try view.search(
        queries.rows(number..<number + 1), neighbors: neighbors, offsets: offsets, entry: entry,
        limit: limit, mostNearer: mostNearer,
        avoided: avoided.isEmpty ? [] : avoided[first..<first + 1], wanted: wanted, taken: taken,
        where: isTaken
      ) { body(number, $1) }
    }
  }

  /// The nearest of the rows named, by comparing all of them.
  ///
  /// - Throws: ``IndexError`` if the rows are codes that cannot be compared.
  package func nearest(
    _ query: Span<Float>, among ids: [Int32], limit: Int
  ) throws(IndexError) -> [GraphHit] {
    var walk = try GraphWalk(self, limit: 1, count: 0)
    _ = unsafe walk.begin(query: query)
    var best: [GraphHit] = []
    for start in stride(from: 0, to: ids.count, by: 4096) {
      best += walk.ranked(Array(ids[start..<min(ids.count, start + 4096)]), query)
      walk.sort(&best)
      best.removeLast(max(0, best.count - limit))
    }
    return best
  }
}
