package import CVicinalKernels
import VicinalCore

/// What graph kernels read: rows as int8 codes or floats, and links in faiss's layout. It keeps
/// the memory alive; the links must have been checked.
package struct GraphView: Sendable {
  let rows: RowChunks
  let codes: GraphCodes?
  package let kernels: KernelSet
  package let cumulative: [Int32]
  /// Links of the widest list.
  package let widest: Int
  private let rowAddresses: AddressTable
  private let chunkAddresses: AddressTable
  private let factAddresses: AddressTable

  /// - Parameters:
  ///   - rows: The vectors.
  ///   - codes: Their codes, covering all rows, or `nil` to walk with floats.
  ///   - cumulative: Slots of the levels below each level.
  package init(rows: RowChunks, codes: GraphCodes?, cumulative: [Int32], kernels: KernelSet) {
    precondition(codes.map { $0.count == rows.count } ?? true)
    self.rows = rows
    self.codes = codes
    self.kernels = kernels
    self.cumulative = cumulative
    widest = widestList(cumulative)
    rowAddresses = AddressTable(rows.blocks.map(\.rows))
    chunkAddresses = AddressTable(codes?.codes ?? [])
    factAddresses = AddressTable(codes?.facts ?? [])
  }

  /// The same as the C kernels take it. Valid while this value lives and `body` runs.
  package func withGraph<R, E: Error>(
    neighbors: UnsafeMutablePointer<Int32>, offsets: UnsafePointer<UInt64>,
    _ body: (UnsafePointer<vcl_graph>) throws(E) -> R
  ) throws(E) -> R {
    var graph = unsafe vcl_graph()
    unsafe graph.neighbors = neighbors
    unsafe graph.offsets = offsets
    if let codes {
      unsafe graph.rows.chunks = chunkAddresses.base
      unsafe graph.rows.facts = factAddresses.base
      unsafe graph.rows.shift = codes.shift
      unsafe graph.rows.kind = Int32(VCL_GRAPH_INT8)
      unsafe graph.rows.stride = codes.stride
      unsafe graph.rows.dim = codes.stride
    } else {
      unsafe graph.rows.chunks = rowAddresses.base
      unsafe graph.rows.shift = rows.shift
      unsafe graph.rows.kind = Int32(
        rows.metric == .l2 ? VCL_GRAPH_FLOAT_L2 : VCL_GRAPH_FLOAT_IP)
      unsafe graph.rows.stride = rows.dimension * 4
      unsafe graph.rows.dim = rows.dimension
    }
    return try unsafe cumulative.withUnsafeBufferPointer { (levels) throws(E) -> R in
      unsafe graph.cumulative = levels.baseAddress
      return try unsafe body(&graph)
    }
  }

  /// Exact values of rows named by number.
  func distances(
    from query: UnsafeRawPointer, to ids: UnsafePointer<Int32>, count: Int,
    into values: UnsafeMutablePointer<Float>
  ) {
    unsafe kernels.functions.ids(
      rows.metric.faissCode, query, rowAddresses.base, rows.shift, ids, rows.dimension, count,
      values)
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

  var base: UnsafePointer<UnsafeRawPointer?> { unsafe UnsafePointer(addresses) }

  deinit { unsafe addresses.deallocate() }
}
