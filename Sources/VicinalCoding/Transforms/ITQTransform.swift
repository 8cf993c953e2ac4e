import VicinalCompute
public import VicinalCore

/// Centres vectors, scales them to length 1, reduces them by PCA if asked, and rotates them so that
/// signs say most (see ``ITQMatrix``): what goes before codes of one bit per coordinate.
///
/// The corresponding faiss type is `ITQTransform` (factory strings `ITQ`, `ITQ64`).
public struct ITQTransform: VectorTransform {
  /// Floats per vector before.
  public let inputDimension: Int

  /// Floats per vector afterwards.
  public let outputDimension: Int

  /// Whether a PCA goes before the rotation. faiss: `do_pca`.
  public let hasPCA: Bool

  /// The mean of the sample; empty before training. faiss: `mean`.
  public private(set) var mean: [Float] = []

  /// The rotation alone. faiss: `itq`.
  public private(set) var rotation: ITQMatrix

  /// PCA and rotation in one. faiss: `pca_then_itq`.
  public private(set) var combined: LinearTransform

  /// A sample of more vectors than this for each coordinate, and than 32,768, is thinned out.
  /// faiss: `max_train_per_dim`.
  public var maxPointsPerDimension = 10

  private static let leastPoints = 32_768

  /// Whether vectors can be transformed.
  public private(set) var isTrained = false

  /// To be trained.
  ///
  /// - Parameters:
  ///   - hasPCA: Needed if the dimension becomes smaller; `nil` for only then.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    inputDimension: Int, outputDimension: Int, hasPCA: Bool? = nil
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    let isReducing = hasPCA ?? (inputDimension != outputDimension)
    guard isReducing || inputDimension == outputDimension else {
      throw IndexError(
        .invalidArgument,
        "without a PCA, ITQ cannot lead from dimension \(inputDimension) to \(outputDimension)")
    }
    guard outputDimension <= inputDimension else {
      throw IndexError(
        .invalidArgument,
        "ITQ cannot lead from dimension \(inputDimension) up to \(outputDimension)")
    }
    (self.inputDimension, self.outputDimension) = (inputDimension, outputDimension)
    self.hasPCA = isReducing
    rotation = try ITQMatrix(dimension: outputDimension)
    combined = LinearTransform(untrained: inputDimension, outputDimension, hasBias: false)
  }

  /// All fields of a record.
  package init(
    inputDimension: Int, outputDimension: Int, mean: [Float], hasPCA: Bool, rotation: ITQMatrix,
    combined: LinearTransform, isTrained: Bool
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    guard mean.count == inputDimension || !isTrained && mean.isEmpty,
      combined.inputDimension == inputDimension, combined.outputDimension == outputDimension,
      rotation.inputDimension == outputDimension, combined.isTrained || !isTrained
    else {
      throw IndexError(
        .invalidArgument,
        "the parts of an ITQ transform from dimension \(inputDimension) to \(outputDimension) do"
          + " not fit each other")
    }
    (self.inputDimension, self.outputDimension) = (inputDimension, outputDimension)
    (self.mean, self.hasPCA, self.rotation) = (mean, hasPCA, rotation)
    (self.combined, self.isTrained) = (combined, isTrained)
  }

  /// Lengths are lost.
  public var isReversible: Bool { false }

  /// Bytes of memory held.
  public var byteCount: Int { mean.count * 4 + rotation.byteCount + combined.byteCount }

  /// Learns the mean, the PCA and the rotation.
  ///
  /// - Complexity: O(rounds · (n · d² + d³)) for at most max(32,768, 10 · inputDimension) vectors.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireSample(sample)
    let most = inputDimension.multipliedReportingOverflow(by: maxPointsPerDimension)
    let limit = most.overflow ? sample.count : max(Self.leastPoints, most.partialValue)
    let rows = try TrainingRows(sample, atMost: limit, seed: 1234)
    let kernels = try KernelSet(execution.kernels)
    let found = try rows.mean(execution)
    let centred = rows.centred(0..<rows.count, mean: found, kernels: kernels)
    let unit = normalized(try VectorBatch(centred.span, dimension: inputDimension))
    let batch = try VectorBatch(unit.span, dimension: inputDimension)
    var turned = rotation
    if hasPCA {
      var pca = try PCA(inputDimension: inputDimension, outputDimension: outputDimension)
      try pca.train(on: batch, isCentred: false, execution: execution)
      let reduced = try pca.apply(batch, execution: execution)
      try turned.train(
        on: VectorBatch(reduced.span, dimension: outputDimension), execution: execution)
      let product = try matrixProduct(
        turned.linear.matrix.span, pca.linear.matrix.span, rows: outputDimension,
        depth: outputDimension, columns: inputDimension, workers: execution.workerCount)
      combined = LinearTransform(trusted: product, from: inputDimension, to: outputDimension)
    } else {
      try turned.train(on: batch, execution: execution)
      combined = turned.linear
    }
    (mean, rotation, isTrained) = (found, turned, true)
  }

  /// The transformed vectors.
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireInput(vectors)
    let centred = shifted(vectors, by: mean, factor: -1, kernels: try KernelSet(execution.kernels))
    let unit = normalized(try VectorBatch(centred.span, dimension: inputDimension))
    return try combined.apply(
      VectorBatch(unit.span, dimension: inputDimension), execution: execution)
  }

  /// There is no way back.
  ///
  /// - Throws: ``IndexError/Code/unsupported``.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireOutput(vectors)
    throw IndexError(
      .unsupported, "ITQ forgets the lengths of vectors and cannot be reversed")
  }
}
