import CVicinalKernels
package import VicinalCore

/// Vectors of bits under a graph.
package struct GraphBits: Sendable {
  let chunks: [ByteStorage]
  let codeSize: Int
  let shift: UInt32
  let count: Int

  /// - Parameters:
  ///   - chunks: The vectors; number i lies in chunk `i >> shift`.
  ///   - codeSize: Bytes of a vector.
  ///   - count: Vectors.
  package init(chunks: [ByteStorage], codeSize: Int, shift: UInt32, count: Int) {
    precondition(chunks.reduce(0) { $0 + $1.count } == count * codeSize)
    self.chunks = chunks
    self.codeSize = codeSize
    self.shift = shift
    self.count = count
  }
}

extension GraphView {
  /// Walks a graph over vectors of bits for each query.
  ///
  /// - Parameters:
  ///   - queries: Vectors of the rows' size.
  ///   - neighbors: Links of the graph.
  ///   - offsets: Where the links of each node begin.
  ///   - entries: Where to begin, for each query.
  ///   - limit: Nodes kept while walking (faiss: efSearch), at least 1.
  ///   - isTaken: Which rows count; others are walked over. `nil` takes all.
  ///   - body: Receives the number of a query and its hits, best first, ties by id.
  /// - Throws: Nothing; graphs over codes do.
  package func search(
    _ queries: borrowing BinaryBatch, neighbors: [Int32], offsets: [UInt64],
    entries: [GraphEntry], limit: Int, where isTaken: ((Int32) -> Bool)?,
    _ body: (Int, [GraphHit]) -> Void
  ) throws(IndexError) {
    guard case .bits(let rows) = source else { return }
    precondition(queries.codeSize == rows.codeSize && entries.count == queries.count)
    var walk = try GraphWalk(self, limit: limit, count: count)
    unsafe queries.bytes.withUnsafeBytes { bytes in
      unsafe neighbors.withUnsafeBufferPointer { neighbors in
        unsafe offsets.withUnsafeBufferPointer { offsets in
          guard let bytes = bytes.baseAddress, let links = neighbors.baseAddress,
            let starts = offsets.baseAddress
          else { return }
          // The search does not write; only linking does.
          let mutable = unsafe UnsafeMutablePointer(mutating: links)
          unsafe withGraph(neighbors: mutable, offsets: starts) { graph in
            for (number, entry) in entries.enumerated() {
              var query = unsafe vcl_graph_query()
              unsafe query.values = bytes + number * rows.codeSize
              unsafe walk.functions.search(
                graph, &query, entry.node, entry.maxLevel, &walk.state)
              body(number, walk.hits { isTaken?($0) ?? true })
            }
          }
        }
      }
    }
  }

  /// The nearest of the vectors of bits named, by comparing all of them.
  package func nearest(_ query: RawSpan, among ids: [Int32], limit: Int) -> [GraphHit] {
    guard case .bits(let rows) = source else { return [] }
    let distances = kernels.hammingDistances(
      from: query, to: ids, chunks: rows.chunks, shift: rows.shift)
    let hits = zip(ids, distances).map { GraphHit(id: $0, value: Float($1)) }
    let sorted = hits.sorted { $0.value != $1.value ? $0.value < $1.value : $0.id < $1.id }
    return Array(sorted.prefix(limit))
  }
}
