import VicinalCompute
public import VicinalCore

/// What searching inverted lists of residuals under L2 needs of all centroids in advance.
///
/// With y = c + r, c the centroid of a list and r the decoded residual,
/// ‖q − y‖² = ‖q − c‖² + (‖r‖² + 2⟨c, r⟩) − 2⟨q, r⟩. The first term is the coarse distance, the last
/// one depends on the query alone, and the middle one, which depends on neither query nor vector,
/// is kept here: `subspaces × 2^bits` floats per list. For a multi-index, whose centroids are
/// themselves put together from parts, it is kept per part and stays small.
///
/// Shared by all scanners; never stored in files. faiss: `precomputed_table` of `IndexIVFPQ`.
public struct PQResidualTables: Sendable {
  /// Tables, some rows to a chunk.
  private var chunks: [[Float]] = []

  /// Floats of a row: the tables of all sub-spaces, or of those that a coarse part covers.
  private let rowCount: Int

  /// Coarse parts, 1 unless for a multi-index.
  private let parts: Int

  /// Bits of a coarse part's number, or 0 where the cell number is the row.
  private let partBits: Int

  /// Cells there are tables for.
  private let cellCount: Int

  private static let chunkFloats = 1 << 20

  /// Memory of the tables.
  public var byteCount: Int { chunks.reduce(0) { $0 + $1.count * 4 } }

  private var rowsPerChunk: Int { max(1, Self.chunkFloats / rowCount) }

  /// Tables for one centroid per cell.
  init(
    _ centroids: borrowing VectorBatch, quantizer: ProductQuantizer, kernels: KernelSet,
    execution: Execution
  ) throws(IndexError) {
    rowCount = quantizer.transposed.tableCount
    parts = 1
    partBits = 0
    cellCount = centroids.count
    let maker = ResidualTableRow(quantizer, kernels)
    let width = rowCount
    let ranges = ranges(rows: centroids.count)
    chunks = try parallelMap(ranges.count, workers: execution.workerCount) {
      index throws(IndexError) in
      try execution.checkCancellation()
      var chunk = [Float](repeating: 0, count: ranges[index].count * width)
      for (place, cell) in ranges[index].enumerated() {
        var span = chunk.mutableSpan
        maker.fill(centroids.row(cell), into: &span, at: place * width)
      }
      return chunk
    }
  }

  /// Tables for the parts of a multi-index's centroids; the coarse quantizer has the same
  /// dimension, and its parts are whole parts of `quantizer`.
  init(
    multiIndex coarse: ProductQuantizer, quantizer: ProductQuantizer, kernels: KernelSet,
    execution: Execution
  ) throws(IndexError) {
    let width = quantizer.transposed.tableCount / coarse.subspaces
    rowCount = width
    parts = coarse.subspaces
    partBits = coarse.bits
    cellCount = 1 << min(62, coarse.bits * coarse.subspaces)
    let maker = ResidualTableRow(quantizer, kernels)
    let ranges = ranges(rows: coarse.subspaces * coarse.centroidCount)
    chunks = try parallelMap(ranges.count, workers: execution.workerCount) {
      index throws(IndexError) in
      try execution.checkCancellation()
      var whole = [Float](repeating: 0, count: quantizer.transposed.tableCount)
      var chunk: [Float] = []
      chunk.reserveCapacity(ranges[index].count * width)
      for row in ranges[index] {
        let (part, number) = (row / coarse.centroidCount, row % coarse.centroidCount)
        var vector = [Float](repeating: 0, count: quantizer.dimension)
        vector.replaceSubrange(
          part * coarse.subdimension..<(part + 1) * coarse.subdimension,
          with: coarse.centroid(number, of: part))
        var span = whole.mutableSpan
        maker.fill(vector.span, into: &span, at: 0)
        chunk += whole[part * width..<(part + 1) * width]
      }
      return chunk
    }
  }

  /// Floats that tables for `cells` centroids take, or `nil` if they cannot be counted.
  static func floats(cells: Int, quantizer: ProductQuantizer) -> Int? {
    let (count, overflow) = cells.multipliedReportingOverflow(by: quantizer.transposed.tableCount)
    return overflow ? nil : count
  }

  private func ranges(rows: Int) -> [Range<Int>] {
    let step = rowsPerChunk
    return stride(from: 0, to: rows, by: step).map { $0..<min(rows, $0 + step) }
  }

  /// Whether there are tables for a cell.
  func covers(_ cell: Int) -> Bool { cell >= 0 && cell < cellCount }

  /// Tables of a query in a cell, without ‖q − c‖².
  ///
  /// - Parameters:
  ///   - cell: The number of the list.
  ///   - products: The query's inner products with all centroids of the quantizer.
  ///   - tables: As many floats as `products`.
  func fill(
    cell: Int, products: Span<Float>, kernels: KernelSet, into tables: inout MutableSpan<Float>
  ) {
    let perChunk = rowsPerChunk
    for part in 0..<parts {
      let centroids = 1 << partBits
      let row =
        partBits == 0
        ? cell : part * centroids + (cell >> (part * partBits)) & (centroids - 1)
      let start = row % perChunk * rowCount
      let chunk = chunks[row / perChunk]
      kernels.combine(
        chunk.span.extracting(start..<start + rowCount),
        products.extracting(part * rowCount..<(part + 1) * rowCount), factor: -2, into: &tables,
        at: part * rowCount)
    }
  }
}

/// Computes ‖r‖² + 2⟨c, r⟩ for all centroids r of a quantizer.
struct ResidualTableRow: Sendable {
  let transposed: SubspaceCentroids
  let norms: [Float]
  let kernels: KernelSet

  init(_ quantizer: ProductQuantizer, _ kernels: KernelSet) {
    transposed = quantizer.transposed
    self.kernels = kernels
    var norms = [Float](repeating: 0, count: transposed.tableCount)
    let origin = [Float](repeating: 0, count: quantizer.dimension)
    var span = norms.mutableSpan
    transposed.fillTables(for: origin.span, isL2: true, kernels: kernels, into: &span)
    self.norms = norms
  }

  func fill(_ centroid: Span<Float>, into rows: inout MutableSpan<Float>, at start: Int) {
    var products = [Float](repeating: 0, count: transposed.tableCount)
    var span = products.mutableSpan
    transposed.fillTables(for: centroid, isL2: false, kernels: kernels, into: &span)
    kernels.combine(norms.span, products.span, factor: 2, into: &rows, at: start)
  }
}

extension ProductQuantizer {
  /// The memory above which tables are not prepared: 2 GiB, as in faiss.
  public static let residualTableLimit = 2 << 30

  /// Prepares the tables that make searching inverted lists of residuals under L2 cheaper; see
  /// ``PQResidualTables``. Without them scanners compute the tables of query − centroid.
  ///
  /// - Parameters:
  ///   - centroids: The centroid of each list, in the order of the lists.
  ///   - limit: No tables are made if they would take more bytes.
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(lists · dimension · 2^bits) time, O(lists · subspaces · 2^bits) memory.
  public mutating func prepareResidualTables(
    for centroids: borrowing VectorBatch, limit: Int = residualTableLimit, execution: Execution
  ) throws(IndexError) {
    try requireTrained()
    try centroids.requireDimension(dimension, of: "centroids")
    residualTables = nil
    guard let floats = PQResidualTables.floats(cells: centroids.count, quantizer: self),
      floats <= limit / 4
    else { return }
    residualTables = try PQResidualTables(
      centroids, quantizer: self, kernels: KernelSet(execution.kernels), execution: execution)
  }

  /// The same for the lists of a multi-index, whose list number is Σ number_m ≪ (m · bits) over
  /// the parts of `coarse`. No tables are made either unless the parts of `coarse` are whole parts
  /// of this quantizer.
  public mutating func prepareResidualTables(
    multiIndex coarse: ProductQuantizer, limit: Int = residualTableLimit, execution: Execution
  ) throws(IndexError) {
    try requireTrained()
    try coarse.requireTrained()
    guard coarse.dimension == dimension else {
      throw IndexError(
        .dimensionMismatch,
        "the coarse quantizer has dimension \(coarse.dimension), the codes have \(dimension)")
    }
    residualTables = nil
    guard subspaces.isMultiple(of: coarse.subspaces), coarse.bits * coarse.subspaces < 63,
      let floats = PQResidualTables.floats(cells: coarse.centroidCount, quantizer: self),
      floats <= limit / 4
    else { return }
    residualTables = try PQResidualTables(
      multiIndex: coarse, quantizer: self, kernels: KernelSet(execution.kernels),
      execution: execution)
  }

  /// Gives back the memory of the tables.
  public mutating func dropResidualTables() { residualTables = nil }
}
