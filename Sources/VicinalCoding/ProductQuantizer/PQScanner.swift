import VicinalCompute
import VicinalCore

/// Compares queries with codes through look-up tables: asymmetric distance computation.
///
/// Tables are made when they are first needed, because inverted lists of residuals under L2 need
/// others than those of the query alone.
///
/// faiss: `PQDistanceComputer`, `IVFPQScanner`.
final class PQScanner: CodeScanner {
  let quantizer: ProductQuantizer
  let kernels: KernelSet
  let isL2: Bool
  let sums: CodeSums
  private var query: [Float]
  /// Tables of numbers.
  private var tables: [Float]
  /// Tables of bytes, where numbers are shorter.
  private var folded: [Float]
  /// Inner products with all centroids, for residuals with prepared tables.
  private var products: [Float]
  private var difference: [Float]
  /// Added to all sums.
  private(set) var bias: Float = 0
  private var areTablesReady = false
  private var areProductsReady = false

  init(_ quantizer: ProductQuantizer, isL2: Bool, kernels: KernelSet) {
    self.quantizer = quantizer
    self.kernels = kernels
    self.isL2 = isL2
    sums = CodeSums(
      fields: quantizer.subspaces, bits: quantizer.bits, codeSize: quantizer.codeSize)
    query = [Float](repeating: 0, count: quantizer.dimension)
    difference = query
    tables = [Float](repeating: 0, count: quantizer.transposed.tableCount)
    folded = sums.isFolded ? [Float](repeating: 0, count: sums.scanTableCount) : []
    let isPrepared = isL2 && quantizer.residualTables != nil
    products = isPrepared ? tables : []
  }

  func begin(query: Span<Float>) {
    for index in self.query.indices { self.query[index] = query[index] }
    bias = 0
    areTablesReady = false
    areProductsReady = false
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    guard isL2 else {
      bias =
        distance.isNaN
        ? kernels.distance(query.span, centroid, metric: .innerProduct) : distance
      return
    }
    if let prepared = quantizer.residualTables, prepared.covers(cell) {
      if !areProductsReady {
        var span = products.mutableSpan
        quantizer.transposed.fillTables(
          for: query.span, isL2: false, kernels: kernels, into: &span)
        areProductsReady = true
      }
      var span = tables.mutableSpan
      prepared.fill(cell: cell, products: products.span, kernels: kernels, into: &span)
      bias = distance.isNaN ? kernels.distance(query.span, centroid, metric: .l2) : distance
    } else {
      for index in difference.indices { difference[index] = query[index] - centroid[index] }
      var span = tables.mutableSpan
      quantizer.transposed.fillTables(
        for: difference.span, isL2: true, kernels: kernels, into: &span)
      bias = 0
    }
    finishTables()
  }

  private func finishTables() {
    if sums.isFolded {
      var span = folded.mutableSpan
      sums.fold(tables.span, kernels: kernels, into: &span)
    }
    areTablesReady = true
  }

  /// The tables to scan with, of the query alone if no list was entered.
  func prepareTables() {
    guard !areTablesReady else { return }
    var span = tables.mutableSpan
    quantizer.transposed.fillTables(for: query.span, isL2: isL2, kernels: kernels, into: &span)
    finishTables()
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    prepareTables()
    let tables = sums.isFolded ? folded : tables
    sums.scan(
      codes, tables: tables.span, bias: bias, count: count, kernels: kernels, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    prepareTables()
    let tables = sums.isFolded ? folded : tables
    sums.scan(
      codes, rows: rows, tables: tables.span, bias: bias, kernels: kernels, into: &values)
  }
}
