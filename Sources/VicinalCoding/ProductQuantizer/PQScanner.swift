import VicinalCompute
import VicinalCore

/// Compares queries with codes through look-up tables: asymmetric distance computation.
///
/// Tables are made when they are first needed, because inverted lists of residuals under L2 need
/// others than those of the query alone.
///
/// faiss: `PQDistanceComputer`, `IVFPQScanner`.
final class PQScanner: TermScanner {
  let quantizer: ProductQuantizer
  let kernels: KernelSet
  let isL2: Bool
  let sums: CodeSums
  private var query: [Float]
  /// Tables of numbers.
  private var tables: [Float]
  /// Tables of bytes, where numbers are shorter.
  private var folded: [Float]
  /// Inner products with all centroids, once they are needed: for residuals with prepared tables.
  private var products: [Float] = []
  private var difference: [Float]
  /// Added to all sums.
  private(set) var bias: Float = 0
  /// Spares most exact sums where only those within a threshold are wanted.
  private var filter: CodeFilter?
  private var candidates: [Int32] = []
  private var skipped = 0
  private var areTablesReady = false
  private var areProductsReady = false
  /// Whether the tables hold −2⟨q, r⟩, for codes with terms.
  private var areTablesForTerms = false
  let needsCentroids = false

  init(_ quantizer: ProductQuantizer, isL2: Bool, kernels: KernelSet) {
    self.quantizer = quantizer
    self.kernels = kernels
    self.isL2 = isL2
    sums = CodeSums(
      fields: quantizer.subspaces, bits: quantizer.bits, codeSize: quantizer.codeSize)
    query = [Float](filling: quantizer.dimension, with: 0)
    difference = query
    tables = [Float](repeating: 0, count: quantizer.transposed.tableCount)
    folded = sums.isFolded ? [Float](repeating: 0, count: sums.scanTableCount) : []
    filter = CodeFilter(sums, isSimilarity: !isL2, kernels: kernels)
  }

  func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    bias = 0
    areTablesReady = false
    areProductsReady = false
    areTablesForTerms = false
    skipped = 0
  }

  func enter(centroid: Span<Float>, distance: Float) {
    bias = distance.isNaN ? kernels.distance(query.span, centroid, metric: .l2) : distance
    guard !areTablesForTerms else { return }
    // Products with −2 q are −2 times those with q, to the last bit.
    for index in difference.indices { difference[index] = -2 * query[index] }
    var target = tables.mutableSpan
    quantizer.transposed.fillTables(
      for: difference.span, isL2: false, kernels: kernels, into: &target)
    finishTables()
    areTablesForTerms = true
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    guard isL2 else {
      bias =
        distance.isNaN
        ? kernels.distance(query.span, centroid, metric: .innerProduct) : distance
      return
    }
    if let prepared = quantizer.residualTables, prepared.covers(cell) {
      prepareProducts()
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

  private func prepareProducts() {
    guard !areProductsReady else { return }
    if products.isEmpty { products = [Float](repeating: 0, count: tables.count) }
    var span = products.mutableSpan
    quantizer.transposed.fillTables(for: query.span, isL2: false, kernels: kernels, into: &span)
    areProductsReady = true
  }

  private func finishTables() {
    if sums.isFolded {
      var span = folded.mutableSpan
      sums.fold(tables.span, kernels: kernels, into: &span)
    }
    filter?.reset()
    areTablesForTerms = false
    areTablesReady = true
  }

  /// Makes the tables to scan with, of the query alone if no list was entered.
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

  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int {
    select(
      codes, terms: .init(), count: count, within: threshold, rows: &rows, values: &values)
  }

  func select(
    _ codes: RawSpan, terms: Span<Float>, count: Int, within threshold: Float,
    rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int {
    prepareTables()
    let isSimilarity = !isL2
    guard let found = findCandidates(codes, terms, count: count, within: threshold) else {
      scan(codes, count: count, into: &values)
      if !terms.isEmpty { kernels.add(terms, count: count, to: &values) }
      return kernels.keep(
        &values, count: count, within: threshold, isSimilarity: isSimilarity, rows: &rows)
    }
    let candidates = candidates
    let numbers = candidates.span.extracting(0..<found)
    scan(codes, rows: numbers, into: &values)
    if !terms.isEmpty { kernels.add(terms, rows: numbers, to: &values) }
    let kept = kernels.keep(
      &values, count: found, within: threshold, isSimilarity: isSimilarity, rows: &rows)
    for index in 0..<kept { rows[index] = candidates[Int(rows[index])] }
    return kept
  }

  /// Calls for which the filter rests after it let most codes pass.
  private static let skippedCalls = 3

  /// Codes from which on rounding tables that belong to one list pays.
  private static let fewestFiltered = 256

  /// The same where rounded tables serve many lists.
  private static let fewestFilteredWithTerms = 16

  /// The codes that may be within the threshold, in `candidates`; `nil` if all must be compared.
  private func findCandidates(
    _ codes: RawSpan, _ terms: Span<Float>, count: Int, within threshold: Float
  ) -> Int? {
    let fewest =
      areTablesForTerms || !isL2 ? Self.fewestFilteredWithTerms : Self.fewestFiltered
    guard filter != nil, count >= fewest else { return nil }
    guard skipped == 0 else {
      skipped -= 1
      return nil
    }
    if candidates.count < count { candidates = [Int32](filling: count, with: 0) }
    let tables = sums.isFolded ? folded : tables
    let bias = bias
    var rows = candidates.mutableSpan
    guard
      let found = filter?.findCandidates(
        codes, count: count, tables: tables.span, bias: bias, terms: terms, within: threshold,
        rows: &rows)
    else { return nil }
    // Where most codes pass, looking twice is a loss; try again later.
    if found > count / 2 { skipped = Self.skippedCalls }
    return found
  }
}
