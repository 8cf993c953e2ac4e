public import VicinalCoding
public import VicinalCore

extension CodecSpec {
  /// Requires numbers that belong together, as far as that needs no dimension.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification``.
  func validate() throws(IndexError) {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(IndexError) {
      guard condition else { throw IndexError(.invalidSpecification, "\(self): \(message())") }
    }
    switch self {
    case .scalar: break
    case .product(let subspaces, let bits, _):
      try require(subspaces >= 1, "a product quantizer needs at least 1 part")
      try require((1...16).contains(bits), "parts have 1…16 bits, not \(bits)")
    case .fastScan(let subspaces, _, let blockVectors):
      try require(subspaces >= 1, "a product quantizer needs at least 1 part")
      try require(Self.isBlock(blockVectors), Self.blockMessage(blockVectors))
    case .productRefined(let subspaces, let refinement):
      try require(subspaces >= 1 && refinement >= 1, "a product quantizer needs at least 1 part")
    case .lsh(let bits, _, _): try require(bits ?? 1 >= 1, "codes need at least 1 bit")
    case .raBitQ(let bits): try require((1...9).contains(bits), "codes have 1…9 bits, not \(bits)")
    case .additive(let spec):
      let problem = spec.problem()
      try require(problem == nil, problem ?? "")
    case .raBitQFastScan(let bits, let blockVectors):
      try require((1...9).contains(bits), "codes have 1…9 bits, not \(bits)")
      try require(Self.isBlock(blockVectors), Self.blockMessage(blockVectors))
    }
  }

  private static func isBlock(_ vectors: Int) -> Bool {
    vectors >= 32 && vectors.isMultiple(of: 32) && vectors <= 1 << 20
  }

  private static func blockMessage(_ vectors: Int) -> String {
    "blocks hold a multiple of 32 codes, not \(vectors)"
  }

  /// Whether lists hold codes of residuals when nothing else is said, as in faiss's factory.
  var isResidual: Bool {
    switch self {
    case .fastScan(_, let isResidual, _): isResidual
    case .scalar(.bits0): false
    case .lsh: false
    default: true
    }
  }

  /// Makes the codec, untrained.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector.
  ///   - metric: How vectors will be compared; some codes depend on it.
  ///   - isResidual: Whether codes will be of differences from centroids.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the dimension does not fit.
  public func makeCodec(
    dimension: Int, metric: Metric = .l2, isResidual: Bool = false
  ) throws(IndexError) -> any VectorCodec {
    try validate()
    switch self {
    case .scalar(let kind): return try ScalarQuantizer(dimension: dimension, kind: kind)
    case .product(let subspaces, let bits, let isPolysemous):
      var quantizer = try ProductQuantizer(
        dimension: dimension, subspaces: subspaces, bits: bits)
      quantizer.polysemous = isPolysemous ? PolysemousTraining() : nil
      return quantizer
    case .productRefined(let subspaces, _):
      return try ProductQuantizer(dimension: dimension, subspaces: subspaces)
    case .fastScan(let subspaces, _, let blockVectors):
      return try PQFastScanCodec(
        dimension: dimension, subspaces: subspaces, blockVectors: blockVectors)
    case .lsh(let bits, let isRotated, let areThresholdsTrained):
      guard metric == .l2 else {
        throw IndexError(
          .unsupported,
          "\(self): hash codes are compared by differing bits, under L2 only, not \(metric)")
      }
      return try LSHCodec(
        dimension: dimension, bits: bits ?? dimension, isRotated: isRotated,
        areThresholdsTrained: areThresholdsTrained)
    case .additive(let spec):
      return try spec.makeCodec(dimension: dimension, isL2: metric != .innerProduct)
    case .raBitQ(let bits): return try Self.signs(dimension, metric, bits, isResidual)
    case .raBitQFastScan(let bits, let blockVectors):
      var quantizer = try Self.signs(dimension, metric, bits, isResidual)
      quantizer.queryBits = RaBitQFastScanCodec.defaultQueryBits
      return try RaBitQFastScanCodec(quantizer, blockVectors: blockVectors)
    }
  }

  private static func signs(
    _ dimension: Int, _ metric: Metric, _ bits: Int, _ isResidual: Bool
  ) throws(IndexError) -> RaBitQuantizer {
    guard isResidual else {
      return try RaBitQuantizer(dimension: dimension, metric: metric, bits: bits)
    }
    // Every list has a centre of its own; there is nothing to learn.
    return try RaBitQuantizer(
      dimension: dimension, metric: metric, bits: bits, center: [], isTrained: true)
  }

  /// Bytes of a code.
  func codeSize(dimension: Int) -> Int {
    switch self {
    case .scalar(let kind): (dimension * kind.bits + 7) / 8
    case .product(let subspaces, let bits, _): (subspaces * bits + 7) / 8
    case .fastScan(let subspaces, _, _): (subspaces + 1) / 2
    case .productRefined(let subspaces, let refinement): subspaces + refinement
    case .lsh(let bits, _, _): ((bits ?? dimension) + 7) / 8
    case .additive(let spec): spec.codeSize
    case .raBitQ(let bits), .raBitQFastScan(let bits, _):
      (dimension + 7) / 8 + (bits == 1 ? 8 : 20 + (dimension * (bits - 1) + 7) / 8)
    }
  }

  /// Bytes of the tables of a codec, about.
  func tableBytes(dimension: Int) -> Int {
    switch self {
    case .scalar: dimension * 24
    case .product(_, let bits, _): 2 * 4 * dimension << bits
    case .fastScan: 2 * 4 * dimension << 4
    case .productRefined: 4 * 4 * dimension << 8
    case .lsh(let bits, let isRotated, _):
      (bits ?? dimension) * 4 * (isRotated ? dimension + 1 : 1)
    case .raBitQ, .raBitQFastScan: dimension * 4
    case .additive(let spec): spec.tableBytes(dimension: dimension)
    }
  }
}
