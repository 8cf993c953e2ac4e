package import CVicinalKernels

/// What walks and links need to know of the rows of a graph: ``GraphView`` for vectors of floats,
/// ``BinaryGraphView`` for vectors of bits.
package protocol WalkableRows: Sendable {
  /// Rows, one per node.
  var rowCount: Int { get }

  /// Slots of the levels below each level.
  var cumulative: [Int32] { get }

  /// Links of the widest list.
  var widest: Int { get }

  /// Bytes of a row that was coded as a query, where kernels need that.
  var queryBytes: Int { get }

  /// Instruction set.
  var kernels: KernelSet { get }

  /// The same as the C kernels take it. Valid while this value lives and `body` runs.
  func withGraph<R, E: Error>(
    neighbors: UnsafeMutablePointer<Int32>, offsets: UnsafePointer<UInt64>,
    _ body: (UnsafePointer<vcl_graph>) throws(E) -> R
  ) throws(E) -> R
}

extension GraphView: WalkableRows {
  package var rowCount: Int { rows.count }
  package var queryBytes: Int { codes?.stride ?? 0 }
}

/// Links of the widest list, for tables of slots.
func widestList(_ cumulative: [Int32]) -> Int {
  zip(cumulative, cumulative.dropFirst()).reduce(1) { max($0, Int($1.1 - $1.0)) }
}
