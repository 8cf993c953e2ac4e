public import VicinalCompute
public import VicinalCore

extension ProductQuantizer {
  /// What compares queries with codes, as ``ScanOptions/searchType`` says.
  ///
  /// - Throws: ``IndexError/Code/notTrained``; ``IndexError/Code/unsupported`` for metrics other
  ///   than L2 and inner product, for Hamming distances under inner product, for polysemous search
  ///   of codes that have not 8 bits per part, and for options of other codecs.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    let inner = try makePlainScanner(metric: metric, kernels: kernels)
    guard options.queryBits == nil else {
      throw IndexError(
        .unsupported, "a product quantizer does not round queries; leave out the query bits")
    }
    let type =
      options.searchType ?? (options.hammingThreshold == nil ? .asymmetric : .polysemous)
    guard options.hammingThreshold == nil || type == .polysemous || type == .generalizedPolysemous
    else {
      throw IndexError(
        .unsupported, "a Hamming threshold goes with polysemous search, not with \(type)")
    }
    guard options.hammingThreshold ?? 0 >= 0 else {
      throw IndexError(
        .invalidArgument,
        "a Hamming threshold (ht) must be at least 0, got \(options.hammingThreshold ?? 0)")
    }
    switch type {
    case .asymmetric: return inner
    case .symmetric: return PQSymmetricScanner(inner)
    case .hamming, .generalizedHamming:
      guard metric == .l2 else {
        throw IndexError(.unsupported, "Hamming distances between codes stand for L2 only")
      }
      return PQHammingScanner(self, unit: type == .hamming ? .bits : .bytes, kernels: kernels)
    case .polysemous, .generalizedPolysemous:
      guard bits == 8 else {
        throw IndexError(
          .unsupported, "polysemous search needs codes of 8 bits per part, not \(bits)")
      }
      return PQPolysemousScanner(
        inner, unit: type == .polysemous ? .bits : .bytes,
        limit: options.hammingThreshold ?? defaultHammingThreshold)
    }
  }

  /// A threshold that lets every code pass. faiss: the initial `polysemous_ht` of `IndexPQ`.
  public var defaultHammingThreshold: Int { subspaces * bits + 1 }

  /// What compares codes with codes; see ``PQSymmetricScanner``.
  ///
  /// - Throws: As ``makeScanner(metric:options:kernels:)``.
  public func makeSymmetricScanner(
    metric: Metric, kernels: KernelSet
  ) throws(IndexError) -> PQSymmetricScanner {
    PQSymmetricScanner(try makePlainScanner(metric: metric, kernels: kernels))
  }

  private func makePlainScanner(
    metric: Metric, kernels: KernelSet
  ) throws(IndexError) -> PQScanner {
    try requireTrained()
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(
        .unsupported,
        "codes of a product quantizer are compared by L2 or inner product, not \(metric)")
    }
    return PQScanner(self, isL2: metric == .l2, kernels: kernels)
  }
}
