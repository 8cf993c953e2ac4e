public import VicinalCoding
public import VicinalCore

/// An inverted file of product-quantizer codes, and a second code of what the first leaves over,
/// which ranks the best candidates again.
///
/// Jégou, Tavenard, Douze and Amsaleg, "Searching in one billion vectors: re-rank with source
/// coding", ICASSP 2011. The corresponding faiss type is `IndexIVFPQR`; factory string
/// `IVF1024,PQ8+16`.
public struct IVFPQRIndex: VectorIndex {
  /// The inverted file of first codes, which are of residuals.
  public internal(set) var base: IVFIndex

  /// Codes what the first codes leave over. faiss: `refine_pq`.
  public internal(set) var refinement: ProductQuantizer

  /// Second codes, by id.
  package internal(set) var codes: CodeBlock

  /// How many times `k` candidates are ranked again unless search options say otherwise, at least
  /// 1. faiss: `k_factor`.
  public var refineFactor: Float = 4 {
    didSet { refineFactor = RefinedIndex.usable(refineFactor) ? refineFactor : oldValue }
  }

  /// Puts a second quantizer behind an inverted file.
  ///
  /// - Parameters:
  ///   - base: Empty, with a product quantizer of residuals.
  ///   - refinement: Of the same dimension.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` unless the
  ///   metric is L2.
  public init(_ base: IVFIndex, refinement: ProductQuantizer) throws(IndexError) {
    try self.init(base, refinement: refinement, codes: CodeBlock(codeSize: refinement.codeSize))
    guard base.count == 0 else {
      throw IndexError(.invalidArgument, "the inverted file must be empty, it has \(base.count)")
    }
  }

  /// Takes over what a file holds.
  package init(
    _ base: IVFIndex, refinement: ProductQuantizer, codes: CodeBlock
  ) throws(IndexError) {
    guard base.codec is ProductQuantizer, base.isResidual else {
      throw IndexError(
        .invalidArgument, "refined codes need an inverted file of product-quantized residuals")
    }
    guard base.metric == .l2 else {
      throw IndexError(
        .unsupported, "refined codes (PQ8+16) compare by L2, as in faiss, not by \(base.metric)")
    }
    guard refinement.dimension == base.dimension, codes.codeSize == refinement.codeSize else {
      throw IndexError(
        .dimensionMismatch,
        "the second quantizer must have dimension \(base.dimension), not \(refinement.dimension)")
    }
    self.base = base
    self.refinement = refinement
    self.codes = codes
  }

  /// Floats per vector.
  public var dimension: Int { base.dimension }

  /// L2.
  public var metric: Metric { base.metric }

  /// Vectors held.
  public var count: Int { base.count }

  /// Whether both quantizers are trained.
  public var isTrained: Bool { base.isTrained && refinement.isTrained }

  /// Builds or discards what only makes searching first codes faster; see
  /// ``IVFIndex/setAccelerated(_:execution:)``.
  public mutating func setAccelerated(
    _ wanted: Bool, execution: Execution = Execution()
  ) throws(IndexError) {
    try base.setAccelerated(wanted, execution: execution)
  }

  /// Bytes of memory held.
  public var byteCount: Int { base.byteCount + refinement.byteCount + codes.byteCount }

  /// Trains the inverted file, then the second quantizer on what the first leaves over.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    guard !isTrained else { return }
    let before = self
    do throws(IndexError) {
      try base.train(on: sample, execution: execution)
      let cells = try base.assign(sample, execution: execution)
      let rest = try leftOver(sample, cells, execution)
      try refinement.train(
        on: VectorBatch(rest.span, dimension: dimension), execution: execution)
    } catch {
      self = before
      throw error
    }
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    guard isTrained else {
      throw IndexError(.notTrained, "train the index on a sample before adding vectors")
    }
    try vectors.requireFinite(of: "vectors to add")
    let cells = try base.assign(vectors, execution: execution)
    let second = try secondCodes(of: vectors, cells: cells, execution)
    try base.add(vectors, cells: cells, execution: execution)
    codes.append(second.span.rawBytes, count: vectors.count)
  }

  /// Codes of what first codes leave over.
  func secondCodes(
    of vectors: borrowing VectorBatch, cells: [Int64], _ execution: Execution
  ) throws(IndexError) -> [UInt8] {
    let rest = try leftOver(vectors, cells, execution)
    return try refinement.encode(
      VectorBatch(rest.span, dimension: dimension), execution: execution)
  }

  /// Vectors minus what their first codes stand for.
  private func leftOver(
    _ vectors: borrowing VectorBatch, _ cells: [Int64], _ execution: Execution
  ) throws(IndexError) -> [Float] {
    guard let codec = base.codec else { return [] }
    let origins = try base.cellVectors(cells[...])
    let batch = try VectorBatch(origins.span, dimension: dimension)
    let first = try codec.encode(vectors, around: batch, execution: execution)
    let known = try codec.decode(first.span.rawBytes, around: batch)
    return differences(vectors, try VectorBatch(known.span, dimension: dimension))
  }
}
