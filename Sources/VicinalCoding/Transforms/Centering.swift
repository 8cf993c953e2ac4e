import VicinalCompute
public import VicinalCore

/// Subtracts the mean of the training vectors.
///
/// The corresponding faiss type is `CenteringTransform`.
public struct Centering: VectorTransform {
  /// Floats per vector, in and out.
  public let inputDimension: Int

  /// What is subtracted; empty before training. faiss: `mean`.
  public private(set) var mean: [Float] = []

  /// Whether there is a mean.
  public private(set) var isTrained = false

  /// To be trained.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for dimensions outside 1…2²⁰.
  public init(dimension: Int) throws(IndexError) {
    try requireDimensions(dimension, dimension)
    inputDimension = dimension
  }

  /// From a record; the mean may be missing if it is not trained.
  package init(dimension: Int, mean: [Float], isTrained: Bool) throws(IndexError) {
    try self.init(dimension: dimension)
    guard mean.count == dimension || !isTrained && mean.isEmpty else {
      throw IndexError(
        .invalidArgument, "a mean in dimension \(dimension) has not \(mean.count) numbers")
    }
    (self.mean, self.isTrained) = (mean, isTrained)
  }

  /// Floats per vector, in and out.
  public var outputDimension: Int { inputDimension }

  /// The mean can be added again.
  public var isReversible: Bool { isTrained }

  /// Bytes of memory held.
  public var byteCount: Int { mean.count * 4 }

  /// Takes the mean of a sample.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireSample(sample)
    mean = try TrainingRows(sample, atMost: sample.count, seed: 0).mean(execution)
    isTrained = true
  }

  /// x − mean for every vector.
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireInput(vectors)
    return shifted(vectors, by: mean, factor: -1, kernels: try KernelSet(execution.kernels))
  }

  /// y + mean for every vector.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireOutput(vectors)
    return shifted(vectors, by: mean, factor: 1, kernels: try KernelSet(execution.kernels))
  }
}

/// Every vector plus a multiple of one.
func shifted(
  _ vectors: borrowing VectorBatch, by mean: [Float], factor: Float, kernels: KernelSet
) -> [Float] {
  var result = [Float](repeating: 0, count: vectors.values.count)
  var span = result.mutableSpan
  for row in 0..<vectors.count {
    kernels.combine(
      vectors.row(row), mean.span, factor: factor, into: &span, at: row * vectors.dimension)
  }
  return result
}
