public import VicinalCompute
public import VicinalCore

/// One to nine bits per coordinate with unbiased estimates of distances and a known error: the
/// sign of each coordinate relative to an origin, optional extra bits, and factors that correct the
/// length.
///
/// It expects vectors whose directions are spread evenly: put a random rotation in front. In
/// inverted lists the origin of a code is the centroid of its cell.
///
/// ```swift
/// var codec = try RaBitQuantizer(dimension: 128, bits: 4)
/// try codec.train(on: sample, execution: Execution())
/// let codes = try codec.encode(vectors, execution: Execution())
/// ```
///
/// Gao and Long, "RaBitQ: quantizing high-dimensional vectors with a theoretical error bound",
/// SIGMOD 2024; Gao et al., "Practical and asymptotically optimal quantization of high-dimensional
/// vectors", SIGMOD 2025. The corresponding faiss type is `RaBitQuantizer`.
public struct RaBitQuantizer: VectorCodec, Equatable {
  /// Floats per vector.
  public let dimension: Int

  /// L2 or inner product: the factors in the codes depend on it. faiss: `metric_type`.
  public let metric: Metric

  /// Bits per coordinate, 1…9. faiss: `nb_bits`.
  public let bits: Int

  /// What codes without an origin of their own are relative to: the mean of the training sample;
  /// empty for the origin of coordinates. faiss: `center` of `IndexRaBitQ`.
  public package(set) var center: [Float]

  /// Bits that queries are rounded to unless a search says otherwise, 0…8, 0 for none; only with
  /// one bit per coordinate. faiss: `qb`.
  public var queryBits = 0 { didSet { queryBits = max(0, min(8, queryBits)) } }

  /// Whether the centre is known.
  public package(set) var isTrained: Bool

  /// Bits per coordinate that there can be.
  public static let bitRange = 1...9

  /// An untrained codec.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - metric: L2 or inner product.
  ///   - bits: Bits per coordinate, 1…9.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for other
  ///   metrics.
  public init(dimension: Int, metric: Metric = .l2, bits: Int = 1) throws(IndexError) {
    try self.init(dimension: dimension, metric: metric, bits: bits, center: [], isTrained: false)
  }

  /// Takes over what a file holds.
  ///
  /// - Parameters:
  ///   - center: `dimension` floats, or none in inverted files, whose codes have origins.
  ///   - codeSize: faiss's `code_size`, checked if given.
  ///   - queryBits: faiss's `qb`.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported``,
  ///   ``IndexError/Code/corruptFile`` if the centre or the code size does not fit.
  package init(
    dimension: Int, metric: Metric, bits: Int, center: [Float], isTrained: Bool,
    codeSize: Int? = nil, queryBits: Int = 0
  ) throws(IndexError) {
    guard dimension >= 1, dimension <= 1 << 20 else {
      throw IndexError(.invalidArgument, "a dimension must be 1…\(1 << 20), got \(dimension)")
    }
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(.unsupported, "RaBitQ works with L2 or inner product, not \(metric)")
    }
    guard Self.bitRange.contains(bits) else {
      throw IndexError(.invalidArgument, "RaBitQ takes 1…9 bits per coordinate, got \(bits)")
    }
    guard center.isEmpty || center.count == dimension else {
      throw IndexError(
        .corruptFile, "the centre of a RaBitQ codec has \(center.count) floats, not \(dimension)")
    }
    guard (0...8).contains(queryBits) else {
      throw IndexError(.corruptFile, "RaBitQ rounds queries to 0…8 bits, found \(queryBits)")
    }
    self.dimension = dimension
    self.metric = metric
    self.bits = bits
    self.center = center
    self.isTrained = isTrained
    self.queryBits = queryBits
    guard codeSize == nil || codeSize == self.codeSize else {
      throw IndexError(
        .corruptFile,
        "RaBitQ codes of \(bits) bits and dimension \(dimension) take \(self.codeSize) bytes, found"
          + " \(codeSize ?? 0)")
    }
  }

  /// Extra bits per coordinate beside the sign.
  var extraBits: Int { bits - 1 }

  /// Bytes per code: ⌈d/8⌉ + 8 for one bit, ⌈d/8⌉ + 20 + ⌈d·(bits − 1)/8⌉ for more.
  public var codeSize: Int { RaBitQQuery.codeSize(dimension: dimension, extraBits: extraBits) }

  /// Bytes of memory of the centre.
  public var byteCount: Int { center.capacity * 4 }

  /// Takes the mean of the sample as centre.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try sample.requireFinite(of: "training vectors")
    guard sample.count > 0 else {
      throw IndexError(.insufficientData, "RaBitQ needs at least one training vector")
    }
    center = mean(of: sample, atMost: sample.count)
    isTrained = true
  }

  /// What compares queries with codes.
  ///
  /// - Parameters:
  ///   - metric: That of the codec.
  ///   - options: `queryBits`, 0…8; of no effect with extra bits.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    guard isTrained else { throw IndexError(.notTrained, "the RaBitQ codec is not trained") }
    guard metric == self.metric else {
      throw IndexError(
        .unsupported,
        "the factors of these RaBitQ codes are for metric \(self.metric), not \(metric)")
    }
    var others = options
    others.queryBits = nil
    guard others.asksNothing else {
      throw IndexError(.unsupported, "RaBitQ has no scan option but queryBits, got \(options)")
    }
    let queryBits = options.queryBits ?? queryBits
    guard (0...8).contains(queryBits) else {
      throw IndexError(.invalidArgument, "queryBits (qb) must be 0…8, got \(queryBits)")
    }
    return RaBitQScanner(codec: self, queryBits: queryBits, kernels: kernels)
  }
}
