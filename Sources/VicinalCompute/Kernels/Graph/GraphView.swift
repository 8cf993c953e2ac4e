import CVicinalKernels
import VicinalCore

/// What graph kernels read: rows as floats, int8 codes of them, or codes alone; and links in
/// faiss's layout. It keeps the memory alive; the links must have been checked.
///
/// A class, because searches hand it down: copying all that it holds would take as long as walking
/// over a small graph.
package final class GraphView: Sendable {
  /// What the rows are.
  enum Source: Sendable {
    /// Floats, walked over by their codes if there are any.
    case floats(RowChunks, GraphCodes?)
    case coded(GraphCodedRows)
    /// Vectors of bits, compared by Hamming distance.
    case bits(GraphBits)
  }

  let source: Source
  let kernels: KernelSet
  let cumulative: [Int32]
  /// Links of the widest list.
  let widest: Int
  /// Nodes.
  let count: Int
  let dimension: Int
  let metric: Metric
  /// Bytes of an int8 code; 0 where walks compare something else. It and what is above stand beside
  /// ``source``, because taking something out of that counts references to all that it holds.
  let codeStride: Int
  /// Row i lies in block `i >> rowShift`; `nil` where there are no rows of floats.
  private let rowShift: UInt32?
  /// Where the blocks of the rows begin, then those of the codes, then of what is beside them.
  private let addresses: AddressTable
  private let rowBlocks: Int
  private let codeBlocks: Int

  /// - Parameters:
  ///   - rows: The vectors.
  ///   - codes: Their codes, covering all rows, or `nil` to walk with floats.
  ///   - cumulative: Slots of the levels below each level.
  package init(rows: RowChunks, codes: GraphCodes?, cumulative: [Int32], kernels: KernelSet) {
    precondition(codes.map { $0.count == rows.count } ?? true)
    source = .floats(rows, codes)
    self.kernels = kernels
    self.cumulative = cumulative
    widest = Self.widest(cumulative)
    (count, dimension, metric) = (rows.count, rows.dimension, rows.metric)
    codeStride = codes?.stride ?? 0
    rowShift = rows.shift
    let (first, second) = (rows.blocks.count, codes?.codes.count ?? 0)
    (rowBlocks, codeBlocks) = (first, second)
    addresses = AddressTable(count: first + 2 * second) { place in
      guard place >= first, let codes else { return rows.blocks[place].rows }
      let block = place - first
      return block < second ? codes.codes[block] : codes.facts[block - second]
    }
  }

  /// A graph over codes.
  package init(coded rows: GraphCodedRows, cumulative: [Int32], kernels: KernelSet) {
    source = .coded(rows)
    self.kernels = kernels
    self.cumulative = cumulative
    widest = Self.widest(cumulative)
    (count, dimension, metric, codeStride) = (rows.count, rows.dimension, rows.metric, 0)
    rowShift = nil
    (rowBlocks, codeBlocks) = (0, 1)
    addresses = AddressTable([rows.codes])
  }

  /// A graph over vectors of bits.
  package init(bits rows: GraphBits, cumulative: [Int32], kernels: KernelSet) {
    source = .bits(rows)
    self.kernels = kernels
    self.cumulative = cumulative
    widest = Self.widest(cumulative)
    (count, dimension, metric, codeStride) = (rows.count, rows.codeSize * 8, .l2, 0)
    rowShift = nil
    (rowBlocks, codeBlocks) = (0, rows.chunks.count)
    addresses = AddressTable(rows.chunks)
  }

  /// The same graph, walked over by floats; `nil` if its rows are no floats.
  func withoutCodes() -> GraphView? {
    guard case .floats(let rows, _) = source else { return nil }
    return GraphView(rows: rows, codes: nil, cumulative: cumulative, kernels: kernels)
  }

  private static func widest(_ cumulative: [Int32]) -> Int {
    var widest = 1
    for level in cumulative.indices.dropFirst() {
      widest = max(widest, Int(cumulative[level] - cumulative[level - 1]))
    }
    return widest
  }

  /// The same as the C kernels take it. Valid while this value lives and `body` runs.
  func withGraph<R, E: Error>(
    neighbors: UnsafeMutablePointer<Int32>, offsets: UnsafePointer<UInt64>,
    _ body: (UnsafePointer<vcl_graph>) throws(E) -> R
  ) throws(E) -> R {
    var graph = unsafe vcl_graph()
    unsafe graph.neighbors = neighbors
    unsafe graph.offsets = offsets
    switch source {
    case .floats(_, let codes?):
      unsafe graph.rows.chunks = addresses.base + rowBlocks
      unsafe graph.rows.facts = addresses.base + rowBlocks + codeBlocks
      unsafe graph.rows.shift = codes.shift
      unsafe graph.rows.kind = Int32(VCL_GRAPH_INT8)
      unsafe graph.rows.stride = codes.stride
      unsafe graph.rows.dim = codes.stride
    case .floats(let rows, nil):
      unsafe graph.rows.chunks = addresses.base
      unsafe graph.rows.shift = rows.shift
      unsafe graph.rows.kind = Int32(
        rows.metric == .l2 ? VCL_GRAPH_FLOAT_L2 : VCL_GRAPH_FLOAT_IP)
      unsafe graph.rows.stride = rows.dimension * 4
      unsafe graph.rows.dim = rows.dimension
    case .coded(let rows):
      unsafe GraphRowCalls.install(in: &graph.rows)
      let kind =
        rows.bytes == nil
        ? (rows.metric == .l2 ? VCL_GRAPH_CALLS_L2 : VCL_GRAPH_CALLS_IP)
        : (rows.metric == .l2 ? VCL_GRAPH_BYTES_L2 : VCL_GRAPH_BYTES_IP)
      unsafe graph.rows.kind = Int32(kind)
      unsafe graph.rows.chunks = addresses.base
      // One block of memory holds all rows.
      unsafe graph.rows.shift = 31
      unsafe graph.rows.stride = rows.codeSize
      unsafe graph.rows.dim = rows.dimension
    case .bits(let rows):
      unsafe graph.rows.kind = Int32(VCL_GRAPH_HAMMING)
      unsafe graph.rows.chunks = addresses.base
      unsafe graph.rows.shift = rows.shift
      unsafe graph.rows.stride = rows.codeSize
      unsafe graph.rows.dim = rows.codeSize
    }
    return try unsafe cumulative.withUnsafeBufferPointer { (levels) throws(E) -> R in
      unsafe graph.cumulative = levels.baseAddress
      return try unsafe body(&graph)
    }
  }

  /// Exact values of rows of floats, compared with one of them.
  func distances(from node: Int32, to ids: Span<Int32>, into values: inout MutableSpan<Float>) {
    guard case .floats(let rows, _) = source else { return }
    distances(from: rows.row(Int(node)).span, to: ids, into: &values)
  }

  /// Exact values of rows of floats.
  func distances(
    from query: Span<Float>, to ids: Span<Int32>, into values: inout MutableSpan<Float>
  ) {
    guard let rowShift else { return }
    unsafe query.withUnsafeBufferPointer { query in
      unsafe ids.withUnsafeBufferPointer { ids in
        unsafe values.withUnsafeMutableBufferPointer { values in
          guard let query = query.baseAddress, let first = ids.baseAddress,
            let target = values.baseAddress
          else { return }
          unsafe kernels.functions.ids(
            metric.faissCode, query, addresses.base, rowShift, first, dimension,
            ids.count, target)
        }
      }
    }
  }
}

/// Where each of some blocks of memory begins, in a place that kernels can hold on to.
///
/// `@unchecked Sendable` is safe: it is written once, in `init`.
@safe final class AddressTable: @unchecked Sendable {
  private let owners: [ByteStorage]
  private let addresses: UnsafeMutablePointer<UnsafeRawPointer?>

  init(_ blocks: [ByteStorage]) {
    owners = blocks
    unsafe addresses = .allocate(capacity: max(1, blocks.count))
    unsafe addresses.initialize(to: nil)
    for (index, block) in blocks.enumerated() {
      unsafe (addresses + index).initialize(to: block.baseAddress)
    }
  }

  /// Of blocks that are kept alive by what holds this table.
  init(count: Int, _ block: (Int) -> ByteStorage) {
    owners = []
    unsafe addresses = .allocate(capacity: max(1, count))
    unsafe addresses.initialize(to: nil)
    for index in 0..<count {
      unsafe (addresses + index).initialize(to: block(index).baseAddress)
    }
  }

  var base: UnsafePointer<UnsafeRawPointer?> { unsafe UnsafePointer(addresses) }

  deinit { unsafe addresses.deallocate() }
}
