public import VicinalCoding
public import VicinalCore

/// Transforms one after the other. faiss: `chain` of `IndexPreTransform`.
public struct TransformChain: Sendable {
  /// The transforms in the order in which they are applied; possibly none.
  public private(set) var transforms: [any VectorTransform]

  /// Floats per vector before.
  public let inputDimension: Int

  /// Floats per vector afterwards.
  public let outputDimension: Int

  /// Joins transforms.
  ///
  /// - Parameters:
  ///   - transforms: Each takes what the one before gives.
  ///   - outputDimension: What the last one must lead to.
  /// - Throws: ``IndexError/Code/dimensionMismatch``.
  public init(_ transforms: [any VectorTransform], outputDimension: Int) throws(IndexError) {
    for (place, transform) in transforms.enumerated() {
      let isLast = place + 1 == transforms.count
      let next = isLast ? outputDimension : transforms[place + 1].inputDimension
      guard transform.outputDimension == next else {
        throw IndexError(
          .dimensionMismatch,
          "transform \(place + 1) leads to dimension \(transform.outputDimension), but what"
            + " follows takes \(next)")
      }
    }
    self.transforms = transforms
    inputDimension = transforms.first?.inputDimension ?? outputDimension
    self.outputDimension = outputDimension
  }

  /// Normalisation alone.
  init(normalizing dimension: Int) {
    transforms = [L2Normalization(dimension: dimension)]
    (inputDimension, outputDimension) = (dimension, dimension)
  }

  /// Whether all are trained.
  public var isTrained: Bool { transforms.allSatisfy(\.isTrained) }

  /// Whether vectors are scaled to length 1 on the way.
  public var isNormalizing: Bool { transforms.contains { $0 is L2Normalization } }

  /// Bytes of memory held.
  public var byteCount: Int { transforms.reduce(0) { $0 + $1.byteCount } }

  /// Trains what is not trained yet, each on what those before it give.
  ///
  /// - Parameter appliedRows: So many of the first vectors are transformed; all unless given.
  /// - Returns: These transformed vectors, row-major.
  /// - Throws: As ``VicinalCoding/VectorTransform/train(on:execution:)``; the chain is then as
  ///   before.
  public mutating func train(
    on sample: borrowing VectorBatch, appliedRows: Int = .max, execution: Execution
  ) throws(IndexError) -> [Float] {
    guard !transforms.isEmpty else { return Self.copy(sample) }
    var all: [any VectorTransform] = []
    var values: [Float] = []
    for (number, transform) in transforms.enumerated() {
      let isLast = number == transforms.count - 1
      let rows = isLast ? max(0, min(appliedRows, sample.count)) : sample.count
      let (trained, next) =
        if number == 0 {
          try Self.learn(transform, sample, applied: rows, execution)
        } else {
          try Self.learn(
            transform, VectorBatch(values.span, dimension: transform.inputDimension),
            applied: rows, execution)
        }
      all.append(trained)
      values = next
    }
    transforms = all
    return values
  }

  private static func learn(
    _ transform: any VectorTransform, _ sample: borrowing VectorBatch, applied: Int,
    _ execution: Execution
  ) throws(IndexError) -> (any VectorTransform, [Float]) {
    var transform = transform
    if !transform.isTrained { try transform.train(on: sample, execution: execution) }
    return (transform, try transform.apply(sample.rows(0..<applied), execution: execution))
  }

  /// The transformed vectors, row-major.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    guard let first = transforms.first else { return Self.copy(vectors) }
    var values = try first.apply(vectors, execution: execution)
    for transform in transforms.dropFirst() {
      values = try transform.apply(
        VectorBatch(values.span, dimension: transform.inputDimension), execution: execution)
    }
    return values
  }

  /// Transforms one vector, or several in a row, back.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a transform cannot be reversed.
  public func reverse(_ vector: [Float]) throws(IndexError) -> [Float] {
    var vector = vector
    for (place, transform) in transforms.enumerated().reversed() {
      guard transform.isReversible else {
        throw IndexError(
          .unsupported,
          "transform \(place + 1) (\(type(of: transform))) cannot be reversed, so vectors cannot be"
            + " given back")
      }
      vector = try transform.reverse(
        VectorBatch(vector.span, dimension: transform.outputDimension),
        execution: Execution(workers: 1))
    }
    return vector
  }

  private static func copy(_ vectors: borrowing VectorBatch) -> [Float] {
    vectors.values.indices.map { vectors.values[$0] }
  }
}
