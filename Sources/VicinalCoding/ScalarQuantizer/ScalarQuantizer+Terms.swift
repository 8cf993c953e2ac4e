public import VicinalCompute
public import VicinalCore

extension ScalarQuantizer: TermCodec {
  /// Terms for L2, of kinds whose codes are picked by whole numbers; other kinds and inner product
  /// have none.
  public func makeTermMaker(
    metric: Metric, kernels: KernelSet
  ) throws(IndexError) -> (any TermMaker)? {
    guard metric == .l2, kind != .bits0 else { return nil }
    let tables = try requireTables()
    return tables.canPick ? ScalarTermMaker(tables, kernels) : nil
  }

  /// Always, if there are any: they take 4 bytes beside the bytes of a code.
  public func keepsTerms(count: Int, listCount: Int, centroidCount: Int) -> Bool {
    tables?.canPick ?? false
  }
}

private final class ScalarTermMaker: TermMaker {
  private let tables: ScalarTables
  private let kernels: KernelSet

  init(_ tables: ScalarTables, _ kernels: KernelSet) {
    self.tables = tables
    self.kernels = kernels
  }

  func fill(
    _ terms: inout MutableSpan<Float>, for codes: RawSpan, count: Int,
    around centroid: Span<Float>
  ) {
    tables.terms(of: codes, count: count, around: centroid, into: &terms, kernels: kernels)
  }
}
