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
  /// - Parameters:
  ///   - queries: Finite vectors.
  ///   - neighbors: Links of the graph.
  ///   - offsets: Where the links of each node begin.
  ///   - entry: Where to begin.
  ///   - limit: Nodes kept while walking (faiss: efSearch), at least 1.
  ///   - mostNearer: The walk ends at a node with so many nearer ones; at least 1. Above `limit` it
  ///     makes no difference.
  ///   - avoided: For each query a node that is not walked over, if in range; empty for none.
  ///   - taken: How many of them are compared in float.
  ///   - isTaken: Which rows count; others are walked over. `nil` takes all.
  ///   - body: Receives the number of a query and its hits, best first, ties by id.
  /// - Throws: ``IndexError`` if the rows are codes that cannot be compared.
  package func search(
    _ queries: borrowing VectorBatch, neighbors: [Int32], offsets: [UInt64], entry: GraphEntry,
    limit: Int, mostNearer: Int = .max, avoided: ArraySlice<Int64> = [], taken: Int,
    where isTaken: ((Int32) -> Bool)?,
    _ body: (Int, [GraphHit]) -> Void
  ) throws(IndexError) {
    var walk = try GraphWalk(self, limit: limit, count: count)
    unsafe walk.state.most_nearer = UInt32(clamping: mostNearer)
    unsafe withLinks(neighbors, offsets) { links, starts in
      unsafe withGraph(neighbors: links, offsets: starts) { shared in
        var graph = unsafe walk.own(shared)
        var whole = unsafe wholeCodes(graph)
        for number in 0..<queries.count {
          let vector = queries.row(number)
          var query = unsafe walk.begin(query: vector)
          if !avoided.isEmpty {
            let node = avoided[avoided.startIndex + number]
            unsafe walk.state.avoided = 0..<Int64(count) ~= node ? Int32(node) : -1
          }
          unsafe walk.functions.search(
            &graph, &query, entry.node, entry.maxLevel, &walk.state)
          // What is compared in float is chosen by whole codes.
          if hasHalves, unsafe Int(walk.state.pool_count) > taken {
            let most = unsafe isTaken == nil ? UInt32(taken) : walk.state.pool_count
            unsafe walk.functions.rescore(&whole, &query, most, &walk.state)
          }
          let ids = walk.best(taken) { isTaken?($0) ?? true }
          body(number, walk.ranked(ids, vector))
        }
      }
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
