public import VicinalCore

/// Turns vectors into other vectors before they are indexed: rotates, reduces, normalises.
/// Transforms are values; training fills their numbers, and everything else only reads them.
///
/// ```swift
/// var pca = try PCA(inputDimension: 384, outputDimension: 64)
/// try pca.train(on: sample, execution: Execution())
/// let small = try pca.apply(vectors)  // 64 floats per vector
/// ```
///
/// A vector gives the same floats alone and in any batch, and for any number of threads.
///
/// The corresponding faiss type is `VectorTransform`.
public protocol VectorTransform: Sendable {
  /// Floats per vector before. faiss: `d_in`.
  var inputDimension: Int { get }

  /// Floats per vector afterwards. faiss: `d_out`.
  var outputDimension: Int { get }

  /// Whether vectors can be transformed. faiss: `is_trained`.
  var isTrained: Bool { get }

  /// Whether ``reverse(_:execution:)`` gives something back.
  var isReversible: Bool { get }

  /// Bytes of memory held.
  var byteCount: Int { get }

  /// Learns from a sample; transforms that learn nothing return at once.
  ///
  /// - Parameters:
  ///   - sample: Finite vectors of ``inputDimension``.
  ///   - execution: Threads, progress, cancellation. The result does not depend on the threads.
  /// - Throws: ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``; the transform is then
  ///   as before.
  mutating func train(on sample: borrowing VectorBatch, execution: Execution) throws(IndexError)

  /// The transformed vectors, row-major. faiss: `apply`.
  ///
  /// - Returns: ``outputDimension`` floats per vector.
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float]

  /// Vectors that transform to the given ones, row-major: exact where nothing was lost, otherwise
  /// the ones without what was left out. faiss: `reverse_transform`.
  ///
  /// - Returns: ``inputDimension`` floats per vector.
  /// - Throws: ``IndexError/Code/unsupported`` if the transform has no inverse,
  ///   ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``.
  func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float]
}

extension VectorTransform {
  /// The transformed vectors, with every processor.
  public func apply(_ vectors: borrowing VectorBatch) throws(IndexError) -> [Float] {
    try apply(vectors, execution: Execution())
  }

  /// Vectors that transform to the given ones, with every processor.
  public func reverse(_ vectors: borrowing VectorBatch) throws(IndexError) -> [Float] {
    try reverse(vectors, execution: Execution())
  }

  /// The checks that applying begins with.
  func requireInput(_ vectors: borrowing VectorBatch) throws(IndexError) {
    try requireTrained()
    guard vectors.dimension == inputDimension else {
      throw IndexError(
        .dimensionMismatch,
        "vectors have dimension \(vectors.dimension), but the transform takes \(inputDimension)")
    }
  }

  /// The checks that reversing begins with.
  func requireOutput(_ vectors: borrowing VectorBatch) throws(IndexError) {
    try requireTrained()
    guard vectors.dimension == outputDimension else {
      throw IndexError(
        .dimensionMismatch,
        "vectors have dimension \(vectors.dimension), but the transform leads to"
          + " \(outputDimension)")
    }
  }

  /// The checks that training begins with.
  func requireSample(_ sample: borrowing VectorBatch) throws(IndexError) {
    guard sample.dimension == inputDimension else {
      throw IndexError(
        .dimensionMismatch,
        "vectors to train on have dimension \(sample.dimension), but the transform takes"
          + " \(inputDimension)")
    }
    guard sample.count > 0 else {
      throw IndexError(.insufficientData, "there are no vectors to train a transform on")
    }
    try sample.requireFinite(of: "vectors to train on")
  }

  private func requireTrained() throws(IndexError) {
    guard isTrained else {
      throw IndexError(.notTrained, "the transform is not trained; train it on a sample first")
    }
  }
}

/// The largest dimension that files can state.
let largestTransformDimension = 1 << 20

/// Requires dimensions that files can hold.
func requireDimensions(_ input: Int, _ output: Int) throws(IndexError) {
  for dimension in [input, output] where !(1...largestTransformDimension).contains(dimension) {
    throw IndexError(
      .invalidArgument,
      "a transform leads between dimensions 1…\(largestTransformDimension), not from \(input) to"
        + " \(output)")
  }
}
