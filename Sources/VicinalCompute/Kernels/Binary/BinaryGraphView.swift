package import CVicinalKernels
package import VicinalCore

/// What graph kernels read of binary vectors: rows of bits, and links in faiss's layout. It keeps
/// the memory alive; the links must have been checked.
package struct BinaryGraphView: WalkableRows {
  package let rowCount: Int
  package let cumulative: [Int32]
  package let widest: Int
  package let kernels: KernelSet
  private let chunks: [ByteStorage]
  private let codeSize: Int
  private let shift: UInt32
  private let addresses: AddressTable

  /// - Parameters:
  ///   - chunks: The vectors; number i lies in chunk `i >> shift`.
  ///   - codeSize: Bytes of a vector.
  ///   - count: Vectors.
  ///   - cumulative: Slots of the levels below each level.
  package init(
    chunks: [ByteStorage], codeSize: Int, shift: UInt32, count: Int, cumulative: [Int32],
    kernels: KernelSet
  ) {
    precondition(chunks.reduce(0) { $0 + $1.count } == count * codeSize)
    self.chunks = chunks
    self.codeSize = codeSize
    self.shift = shift
    rowCount = count
    self.cumulative = cumulative
    self.kernels = kernels
    widest = widestList(cumulative)
    addresses = AddressTable(chunks)
  }

  /// Rows are compared as they are.
  package var queryBytes: Int { 0 }

  package func withGraph<R, E: Error>(
    neighbors: UnsafeMutablePointer<Int32>, offsets: UnsafePointer<UInt64>,
    _ body: (UnsafePointer<vcl_graph>) throws(E) -> R
  ) throws(E) -> R {
    var graph = unsafe vcl_graph()
    unsafe graph.neighbors = neighbors
    unsafe graph.offsets = offsets
    unsafe graph.rows.chunks = addresses.base
    unsafe graph.rows.shift = shift
    unsafe graph.rows.kind = Int32(VCL_GRAPH_HAMMING)
    unsafe graph.rows.stride = codeSize
    unsafe graph.rows.dim = codeSize
    return try unsafe cumulative.withUnsafeBufferPointer { (levels) throws(E) -> R in
      unsafe graph.cumulative = levels.baseAddress
      return try unsafe body(&graph)
    }
  }

  /// Walks the graph for each query.
  ///
  /// - Parameters:
  ///   - queries: Vectors of the rows' size.
  ///   - neighbors: Links of the graph.
  ///   - offsets: Where the links of each node begin.
  ///   - entry: Where to begin, for each query.
  ///   - limit: Nodes kept while walking (faiss: efSearch), at least 1.
  ///   - isTaken: Which rows count; others are walked over. `nil` takes all.
  ///   - body: Receives the number of a query and its hits, best first, ties by id.
  package func search(
    _ queries: borrowing BinaryBatch, neighbors: [Int32], offsets: [UInt64],
    entry: (Int) -> GraphEntry, limit: Int, where isTaken: ((Int32) -> Bool)?,
    _ body: (Int, [GraphHit]) -> Void
  ) {
    precondition(queries.codeSize == codeSize)
    var walk = GraphWalk(self, limit: limit, count: rowCount)
    unsafe queries.bytes.withUnsafeBytes { bytes in
      unsafe neighbors.withUnsafeBufferPointer { neighbors in
        unsafe offsets.withUnsafeBufferPointer { offsets in
          guard let bytes = bytes.baseAddress, let links = neighbors.baseAddress,
            let starts = offsets.baseAddress
          else { return }
          // The search does not write; only linking does.
          let mutable = unsafe UnsafeMutablePointer(mutating: links)
          unsafe withGraph(neighbors: mutable, offsets: starts) { graph in
            for number in 0..<queries.count {
              var query = unsafe vcl_graph_query()
              unsafe query.values = bytes + number * codeSize
              let entry = entry(number)
              unsafe walk.functions.search(
                graph, &query, entry.node, entry.maxLevel, &walk.state)
              body(number, walk.scores { isTaken?($0) ?? true })
            }
          }
        }
      }
    }
  }

  /// The nearest of the rows named, by comparing all of them.
  package func nearest(_ query: RawSpan, among ids: [Int32], limit: Int) -> [GraphHit] {
    let distances = kernels.hammingDistances(from: query, to: ids, chunks: chunks, shift: shift)
    let hits = zip(ids, distances).map { GraphHit(id: $0, value: Float($1)) }
    let sorted = hits.sorted { $0.value != $1.value ? $0.value < $1.value : $0.id < $1.id }
    return Array(sorted.prefix(limit))
  }
}
