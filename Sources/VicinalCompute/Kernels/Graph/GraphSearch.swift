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
  ///   - taken: How many of them are compared in float.
  ///   - isTaken: Which rows count; others are walked over. `nil` takes all.
  ///   - body: Receives the number of a query and its hits, best first, ties by id.
  package func search(
    _ queries: borrowing VectorBatch, neighbors: [Int32], offsets: [UInt64], entry: GraphEntry,
    limit: Int, taken: Int, where isTaken: ((Int32) -> Bool)?, _ body: (Int, [GraphHit]) -> Void
  ) {
    var walk = GraphWalk(self, limit: limit, count: rows.count)
    var signed = ByteStorage(zeros: codes?.stride ?? 0)
    let codeBase = unsafe signed.mutableBase()
    unsafe queries.values.withUnsafeBufferPointer { values in
      unsafe neighbors.withUnsafeBufferPointer { neighbors in
        unsafe offsets.withUnsafeBufferPointer { offsets in
          guard let values = values.baseAddress, let links = neighbors.baseAddress,
            let starts = offsets.baseAddress
          else { return }
          // The search does not write; only linking does.
          let mutable = unsafe UnsafeMutablePointer(mutating: links)
          unsafe withGraph(neighbors: mutable, offsets: starts) { graph in
            for number in 0..<queries.count {
              let vector = unsafe UnsafeRawPointer(values + number * rows.dimension)
              var query = unsafe self.query(vector, codeBase)
              unsafe walk.functions.search(
                graph, &query, entry.node, entry.maxLevel, &walk.state)
              let ids = walk.best(taken) { isTaken?($0) ?? true }
              body(number, unsafe ranked(ids, vector))
            }
          }
        }
      }
    }
  }

  /// The nearest of the rows named, by comparing all of them.
  package func nearest(
    _ query: Span<Float>, among ids: [Int32], limit: Int
  ) -> [GraphHit] {
    var best: [GraphHit] = []
    unsafe query.withUnsafeBufferPointer { query in
      guard let first = query.baseAddress else { return }
      for start in stride(from: 0, to: ids.count, by: 4096) {
        best += unsafe ranked(Array(ids[start..<min(ids.count, start + 4096)]), first)
        sort(&best)
        best.removeLast(max(0, best.count - limit))
      }
    }
    return best
  }

  private func query(
    _ vector: UnsafeRawPointer, _ signed: UnsafeMutableRawPointer
  ) -> vcl_graph_query {
    var query = unsafe vcl_graph_query()
    guard let codes else {
      unsafe query.values = vector
      return unsafe query
    }
    var facts = vcl_graph_facts()
    // A query too large to be coded is like the centre; its hits are still compared exactly.
    _ = unsafe codes.quantize(vector, into: signed, &facts, &query.sum, kernels: kernels)
    unsafe query.values = UnsafeRawPointer(signed)
    unsafe query.half = facts.half
    unsafe query.scale = facts.scale
    return unsafe query
  }

  private func ranked(_ ids: [Int32], _ query: UnsafeRawPointer) -> [GraphHit] {
    var values = [Float](repeating: 0, count: ids.count)
    unsafe ids.withUnsafeBufferPointer { ids in
      unsafe values.withUnsafeMutableBufferPointer { values in
        guard let source = ids.baseAddress, let target = values.baseAddress else { return }
        unsafe distances(from: query, to: source, count: ids.count, into: target)
      }
    }
    var hits = zip(ids, values).map { GraphHit(id: $0, value: $1) }
    sort(&hits)
    return hits
  }

  private func sort(_ hits: inout [GraphHit]) {
    let isSimilarity = rows.metric.isSimilarity
    hits.sort {
      $0.value != $1.value
        ? (isSimilarity ? $0.value > $1.value : $0.value < $1.value) : $0.id < $1.id
    }
  }
}
