public import VicinalCompute
public import VicinalCore

/// RaBitQ whose codes are interleaved, so that one instruction looks up four signs of 16 to 64
/// codes.
///
/// With one bit the values are those of ``RaBitQuantizer`` for a query that is not rounded: rounded
/// tables only rule out codes that cannot be among the best, under a certified bound, and what is
/// left is summed in float. With more bits, codes are ruled out by the interval in which, nearly
/// always, the one-bit value tells the one of all bits to lie; so that answers do not depend on
/// the order of work, a value counts as no better than the end of that interval.
///
/// ```swift
/// var codec = try RaBitQFastScanCodec(dimension: 128, bits: 4)
/// try codec.train(on: sample, execution: Execution())
/// ```
///
/// Gao and Long, "RaBitQ", SIGMOD 2024; André, Kermarrec and Le Scouarnec, "Cache locality is not
/// enough", VLDB 2015. The corresponding faiss types are `IndexRaBitQFastScan` and, for inverted
/// lists, `IndexIVFRaBitQFastScan`; factory strings `RaBitQfs`, `RaBitQfs4_64`.
public struct RaBitQFastScanCodec: VectorCodec, Equatable {
  /// What makes the codes. Its ``RaBitQuantizer/queryBits`` are kept for files: searches look up
  /// sums of the query as it is.
  public private(set) var quantizer: RaBitQuantizer

  /// Codes that are interleaved, a multiple of 32. faiss: `bbs`.
  public let blockVectors: Int

  /// Whether files say that rounded queries are symmetric around zero. faiss: `centered`.
  package var isCentered = false

  /// Query bits that files name unless told otherwise; faiss's default.
  package static let defaultQueryBits = 8

  /// An untrained codec.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - metric: L2 or inner product.
  ///   - bits: Bits per coordinate, 1…9.
  ///   - blockVectors: A multiple of 32; 32 is fastest.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for other
  ///   metrics.
  public init(
    dimension: Int, metric: Metric = .l2, bits: Int = 1, blockVectors: Int = 32
  ) throws(IndexError) {
    var quantizer = try RaBitQuantizer(dimension: dimension, metric: metric, bits: bits)
    quantizer.queryBits = Self.defaultQueryBits
    try self.init(quantizer, blockVectors: blockVectors)
  }

  /// A codec over a given quantizer, for example from a file.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the block is not a multiple of 32.
  public init(_ quantizer: RaBitQuantizer, blockVectors: Int = 32) throws(IndexError) {
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

  /// Bytes per code, those of ``RaBitQuantizer``.
  public var codeSize: Int { quantizer.codeSize }

  /// Bytes of signs: pairs of 4-bit sub-codes.
  package var signBytes: Int { (dimension + 7) / 8 }

  /// Blocks of ``blockVectors`` codes, first all signs, then the rest of each code.
  public var layout: CodeLayout {
    .interleaved(vectors: blockVectors, pairs: signBytes, extra: codeSize - signBytes)
  }

  /// Whether the centre is known.
  public var isTrained: Bool { quantizer.isTrained }

  /// Memory of the centre.
  public var byteCount: Int { quantizer.byteCount }

  /// Takes the mean of the sample as centre.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try quantizer.train(on: sample, execution: execution)
  }

  /// Codes of vectors, not yet interleaved.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try quantizer.encode(vectors, execution: execution)
  }

  /// Codes relative to one origin each, not yet interleaved.
  public func encode(
    _ vectors: borrowing VectorBatch, around origins: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try quantizer.encode(vectors, around: origins, execution: execution)
  }

  /// Vectors that plain codes stand for.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try quantizer.decode(codes)
  }

  /// Vectors that plain codes relative to one origin each stand for.
  public func decode(
    _ codes: RawSpan, around origins: borrowing VectorBatch
  ) throws(IndexError) -> [Float] {
    try quantizer.decode(codes, around: origins)
  }

  /// A ``SelectingScanner``.
  ///
  /// - Parameters:
  ///   - metric: That of the codec.
  ///   - options: None: tables hold the query as it is, so that there are no `queryBits` to choose.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    guard options.queryBits == nil else {
      throw IndexError(
        .unsupported,
        "fast scan of RaBitQ codes does not round the query; leave out queryBits (qb), which was set"
          + " to \(options.queryBits ?? 0)")
    }
    // All that the plain codec refuses is refused here too.
    _ = try quantizer.makeScanner(metric: metric, options: options, kernels: kernels)
    return RaBitQFastScanner(self, kernels: kernels)
  }
}
