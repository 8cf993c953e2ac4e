import VicinalCompute
public import VicinalCore

/// A rotation after which the signs of coordinates say as much about vectors as they can
/// (Gong and Lazebnik, "Iterative quantization: a Procrustean approach to learning binary codes",
/// CVPR 2011).
///
/// The vectors should be centred; ``ITQTransform`` does that first.
///
/// The corresponding faiss type is `ITQMatrix`.
public struct ITQMatrix: LinearBacked {
  /// What is applied.
  package internal(set) var linear: LinearTransform

  /// Rounds of training. faiss: `max_iter`.
  public var iterations: Int

  /// What the first rotation follows from. faiss: `seed`.
  public var seed: Int32

  /// faiss's number of rounds.
  public static let defaultIterations = 50

  /// faiss's seed.
  public static let defaultSeed: Int32 = 123

  /// To be trained.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for dimensions outside 1…2²⁰.
  public init(
    dimension: Int, iterations: Int = defaultIterations, seed: Int32 = defaultSeed
  ) throws(IndexError) {
    try requireDimensions(dimension, dimension)
    linear = LinearTransform(untrained: dimension, dimension, hasBias: false)
    (self.iterations, self.seed) = (iterations, seed)
  }

  /// From a record.
  package init(linear: LinearTransform, iterations: Int, seed: Int32) throws(IndexError) {
    guard linear.inputDimension == linear.outputDimension else {
      throw IndexError(
        .invalidArgument,
        "an ITQ rotation cannot lead from dimension \(linear.inputDimension) to"
          + " \(linear.outputDimension)")
    }
    (self.linear, self.iterations, self.seed) = (linear, iterations, seed)
  }

  /// Bytes of memory held.
  public var byteCount: Int { linear.byteCount }

  /// Turns signs into a target and the rotation towards it, again and again.
  ///
  /// - Complexity: O(iterations · (n · d² + d³)).
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireSample(sample)
    guard iterations >= 1 else {
      throw IndexError(.invalidArgument, "ITQ needs at least 1 round, got \(iterations)")
    }
    let (dimension, kernels) = (inputDimension, try KernelSet(execution.kernels))
    var rotation = try randomRotation(
      dimension, dimension, seed: UInt64(truncatingIfNeeded: seed))
    for round in 0..<iterations {
      let floats = rotation.floats
      var signs = try PackedMatrix(floats.span, rows: dimension, columns: dimension).times(
        sample, bias: [], kernels: kernels, execution: execution)
      for place in signs.indices { signs[place] = signs[place] < 0 ? -1 : 1 }
      var products = try CrossProducts(dimension: dimension, columns: dimension)
      try products.add(
        sample, VectorBatch(signs.span, dimension: dimension), kernels: kernels,
        execution: execution)
      rotation = try products.sums.nearestOrthogonal(workers: execution.workerCount).transposed
      execution.progress?(WorkProgress(step: "ITQ", done: round + 1, total: iterations))
    }
    linear = LinearTransform(trusted: rotation.floats, from: dimension, to: dimension)
  }
}
