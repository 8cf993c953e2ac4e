public import VicinalCompute
public import VicinalCore

extension ProductQuantizer: TermCodec {
  /// Terms for L2; inner product has none.
  public func makeTermMaker(
    metric: Metric, kernels: KernelSet
  ) throws(IndexError) -> (any TermMaker)? {
    try requireTrained()
    return metric == .l2 ? PQTermMaker(self, kernels: kernels) : nil
  }

  /// See ``keepsTerms(count:listCount:tableFloats:)``.
  public func keepsTerms(count: Int, listCount: Int, centroidCount: Int) -> Bool {
    isTrained
      && Self.keepsTerms(
        count: count, listCount: listCount,
        tableFloats: saturatingProduct(centroidCount, subspaces << bits))
  }

  /// Whether inverted lists keep a term per code rather than tables per list.
  ///
  /// Terms are kept where they take less memory than tables (``residualTables``) or where lists
  /// are so short that filling tables for each would be most of the work.
  ///
  /// - Parameters:
  ///   - count: Codes in all lists.
  ///   - listCount: Lists.
  ///   - tableFloats: What tables for all lists would take.
  public static func keepsTerms(count: Int, listCount: Int, tableFloats: Int) -> Bool {
    count <= tableFloats || count / max(1, listCount) < 256
  }
}

/// Sums of ‖r‖² + 2⟨c, r⟩ over the parts of codes, by tables for each list.
private final class PQTermMaker: TermMaker {
  private let sums: CodeSums
  private let rows: ResidualTableRow
  private let kernels: KernelSet
  private var tables: [Float]
  private var folded: [Float]

  init(_ quantizer: ProductQuantizer, kernels: KernelSet) {
    sums = CodeSums(
      fields: quantizer.subspaces, bits: quantizer.bits, codeSize: quantizer.codeSize)
    rows = ResidualTableRow(quantizer, kernels)
    self.kernels = kernels
    tables = [Float](repeating: 0, count: quantizer.transposed.tableCount)
    folded = sums.isFolded ? [Float](repeating: 0, count: sums.scanTableCount) : []
  }

  func fill(
    _ terms: inout MutableSpan<Float>, for codes: RawSpan, count: Int,
    around centroid: Span<Float>
  ) {
    var span = tables.mutableSpan
    rows.fill(centroid, into: &span, at: 0)
    if sums.isFolded {
      var target = folded.mutableSpan
      sums.fold(tables.span, kernels: kernels, into: &target)
    }
    let tables = sums.isFolded ? folded : tables
    sums.scan(
      codes, tables: tables.span, bias: 0, count: count, kernels: kernels, into: &terms)
  }
}
