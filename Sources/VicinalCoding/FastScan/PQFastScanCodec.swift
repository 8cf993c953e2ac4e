public import VicinalCompute
public import VicinalCore

/// A product quantizer of 4 bits per part whose codes are interleaved, so that one instruction
/// looks up 16 to 64 of them.
///
/// Values are those of the product quantizer, in float: rounded tables only rule out codes that
/// cannot be among the best, under a certified bound, and what is left is summed exactly. faiss
/// returns sums of tables rounded to 8 bits instead. No tables are prepared per inverted list:
/// computing 16 entries per part takes no longer than reading prepared ones.
///
/// ```swift
/// var codec = try PQFastScanCodec(dimension: 128, subspaces: 32)  // 16 bytes per vector
/// try codec.train(on: sample, execution: Execution())
/// ```
///
/// The corresponding faiss types are `IndexPQFastScan` and, for inverted lists,
/// `IndexIVFPQFastScan`; factory string `PQ32x4fs`.
public struct PQFastScanCodec: VectorCodec {
  /// The centroids, 16 per part.
  public private(set) var quantizer: ProductQuantizer

  /// Codes that are interleaved, a multiple of 32. faiss: `bbs`.
  public let blockVectors: Int

  /// How training clusters each part. faiss: `pq.cp`.
  public var clustering: KMeansOptions {
    get { quantizer.clustering }
    set { quantizer.clustering = newValue }
  }

  /// An untrained codec.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - subspaces: Parts, a divisor of the dimension. faiss: `M`.
  ///   - blockVectors: A multiple of 32; 32 is fastest.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(dimension: Int, subspaces: Int, blockVectors: Int = 32) throws(IndexError) {
    try self.init(
      ProductQuantizer(dimension: dimension, subspaces: subspaces, bits: 4),
      blockVectors: blockVectors)
  }

  /// A codec over a given quantizer, for example from a file.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the quantizer does not have 4 bits per part
  ///   or the block is not a multiple of 32.
  public init(_ quantizer: ProductQuantizer, blockVectors: Int = 32) throws(IndexError) {
    guard quantizer.bits == 4 else {
      throw IndexError(
        .invalidArgument,
        "fast scan works with 4 bits per part, the product quantizer has \(quantizer.bits)")
    }
    guard blockVectors > 0, blockVectors.isMultiple(of: 32), blockVectors <= 1 << 20 else {
      throw IndexError(
        .invalidArgument,
        "fast-scan blocks (bbs) hold a multiple of 32 codes, at most \(1 << 20), got"
          + " \(blockVectors)")
    }
    self.quantizer = quantizer
    self.blockVectors = blockVectors
  }

  /// Floats per vector.
  public var dimension: Int { quantizer.dimension }

  /// Bytes per code: half the parts, rounded up.
  public var codeSize: Int { quantizer.codeSize }

  /// Blocks of ``blockVectors`` codes.
  public var layout: CodeLayout {
    .interleaved(vectors: blockVectors, pairs: quantizer.codeSize, extra: 0)
  }

  /// Whether there are centroids.
  public var isTrained: Bool { quantizer.isTrained }

  /// Memory of the centroids.
  public var byteCount: Int { quantizer.byteCount }

  /// Clusters each part of a sample.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try quantizer.train(on: sample, execution: execution)
  }

  /// Codes of vectors, not yet interleaved: the first of two parts in the low half of a byte.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try quantizer.encode(vectors, execution: execution)
  }

  /// Vectors that plain codes stand for.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try quantizer.decode(codes)
  }

  /// A ``SelectingScanner`` for L2 or inner product.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    guard isTrained else {
      throw IndexError(.notTrained, "the product quantizer must be trained first")
    }
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(
        .unsupported, "fast scan compares by L2 or inner product, not \(metric)")
    }
    guard options.asksNothing else {
      throw IndexError(
        .unsupported, "fast scan of a product quantizer has no search options, got \(options)")
    }
    return PQFastScanner(
      self, isL2: metric == .l2, isRough: options.allowsRoughValues, kernels: kernels)
  }
}
