public import VicinalCompute
public import VicinalCore

extension ScalarQuantizer {
  /// A scanner for any metric. L2 and inner product compare without decoding and also take
  /// batches of queries; other metrics decode a few codes at a time.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/unsupported`` for options.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    guard options.asksNothing else {
      throw IndexError(
        .unsupported, "a scalar quantizer has no Hamming threshold and rounds no queries")
    }
    if kind == .bits0 { return EmptyCodeScanner(EmptyScan(dimension, metric, kernels)) }
    let tables = try requireTables()
    if metric == .l2 || metric == .innerProduct {
      return ScalarScanner(ScalarScan(tables, isL2: metric == .l2, kernels))
    }
    return DecodingScalarScanner(DecodingScan(tables, metric, kernels))
  }
}
