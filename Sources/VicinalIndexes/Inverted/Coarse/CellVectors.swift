public import VicinalCoding
import VicinalCompute
public import VicinalCore

/// A coarse quantizer that knows the centroid of each of its cells.
public protocol CellVectors: VectorIndex {
  /// Copies the centroid of a cell.
  ///
  /// - Parameters:
  ///   - cell: 0 ..< `count`.
  ///   - target: `dimension` floats.
  func copyCell(_ cell: Int, into target: inout MutableSpan<Float>) throws(IndexError)
}

/// A coarse quantizer that finds its cells by itself. faiss: `quantizer_trains_alone` 1.
public protocol CellTraining: VectorIndex {}

/// A codec that prepares tables for the cells that its codes are relative to.
public protocol CellAwareCodec: VectorCodec {
  /// The codec with tables for these cells, or without any if `cells` is `nil` or the tables
  /// would be too large.
  func prepared(
    cells: (any CellVectors)?, count: Int, metric: Metric, execution: Execution
  ) throws(IndexError) -> any VectorCodec
}

extension CellVectors where Self: Reconstructible {
  /// Copies the vector whose id is the number of the cell.
  public func copyCell(
    _ cell: Int, into target: inout MutableSpan<Float>
  ) throws(IndexError) {
    let values = try reconstruct(Int64(cell))
    for column in values.indices { target[column] = values[column] }
  }
}

extension FlatIndex: CellVectors {
  /// Copies a row.
  public func copyCell(
    _ cell: Int, into target: inout MutableSpan<Float>
  ) throws(IndexError) {
    rows.copyRow(cell, into: &target)
  }
}

extension HNSWIndex: CellVectors {}
extension IVFIndex: CellVectors {}
extension TransformedIndex: CellVectors {}
extension CodedIndex: CellVectors {}
extension RefinedIndex: CellVectors {}

extension ProductQuantizer: CellAwareCodec {
  /// Prepares tables under L2; inner product needs none.
  public func prepared(
    cells: (any CellVectors)?, count: Int, metric: Metric, execution: Execution
  ) throws(IndexError) -> any VectorCodec {
    var copy = self
    copy.dropResidualTables()
    guard metric == .l2, isTrained, let cells else { return copy }
    if let multiIndex = cells as? MultiIndexQuantizer {
      try copy.prepareResidualTables(multiIndex: multiIndex.quantizer, execution: execution)
      return copy
    }
    let (floats, overflow) = count.multipliedReportingOverflow(by: subspaces << bits)
    guard !overflow, floats <= Self.residualTableLimit / 4 else { return copy }
    var values = [Float](repeating: 0, count: try checkedProduct(count, dimension, of: "the cells"))
    var span = values.mutableSpan
    for cell in 0..<count {
      var target = span._mutatingExtracting(cell * dimension..<(cell + 1) * dimension)
      try cells.copyCell(cell, into: &target)
    }
    try copy.prepareResidualTables(
      for: VectorBatch(values.span, dimension: dimension), execution: execution)
    return copy
  }
}
