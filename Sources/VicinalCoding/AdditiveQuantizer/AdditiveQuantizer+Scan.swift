public import VicinalCompute
public import VicinalCore

extension AdditiveQuantizer {
  /// What compares queries with codes by L2 or inner product.
  ///
  /// - Throws: ``IndexError/Code/notTrained``; ``IndexError/Code/unsupported`` for other metrics
  ///   and for any option.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    try requireTrained()
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(
        .unsupported,
        "codes of an additive quantizer are compared by L2 or inner product, not \(metric)")
    }
    guard options.asksNothing else {
      throw IndexError(
        .unsupported, "additive quantizers have no search options, got \(options)")
    }
    if metric == .l2, norm == .decoding || norm == .computedNorm {
      return AdditiveDecodingScanner(self, kernels: kernels)
    }
    return AdditiveTableScanner(self, isL2: metric == .l2, kernels: kernels)
  }
}
