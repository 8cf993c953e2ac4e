import VicinalCompute
public import VicinalCore

/// A rotation that takes O(d log d): three times random signs and a Walsh–Hadamard transform, on
/// vectors filled up with zeros to a power of two.
///
/// Ailon and Chazelle, "The fast Johnson–Lindenstrauss transform", SIAM J. Comput. 2009.
///
/// The corresponding faiss type is `HadamardRotation` (factory strings `HR`, `HR7` with seed 7).
public struct HadamardRotation: VectorTransform {
  /// Floats per vector before.
  public let inputDimension: Int

  /// Floats per vector afterwards: the smallest power of two that is enough.
  public let outputDimension: Int

  /// What the signs follow from.
  public let seed: UInt32

  /// faiss's seed.
  public static let defaultSeed: UInt32 = 12345

  /// faiss's `is_trained`, as a file says; there is nothing to learn.
  package var isMarkedTrained = true

  /// Three diagonals of signs.
  private let signs: [[Float]]

  /// A rotation; there is nothing to train.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for dimensions outside 1…2²⁰.
  public init(inputDimension: Int, seed: UInt32 = defaultSeed) throws(IndexError) {
    try requireDimensions(inputDimension, inputDimension)
    self.inputDimension = inputDimension
    var size = 1
    while size < inputDimension { size *= 2 }
    outputDimension = size
    self.seed = seed
    var generator = SplitMix64(seed: UInt64(seed))
    var signs: [[Float]] = []
    for _ in 0..<3 {
      signs.append((0..<size).map { _ in generator.next() & 1 == 0 ? -1 : 1 })
    }
    self.signs = signs
  }

  /// There is nothing to learn.
  public var isTrained: Bool { true }

  /// Rotations can be reversed.
  public var isReversible: Bool { true }

  /// Bytes of memory held.
  public var byteCount: Int { 12 * outputDimension }

  /// There is nothing to learn.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {}

  private var scale: Float { 1 / (Float(outputDimension) * Float(outputDimension).squareRoot()) }

  /// The rotated vectors.
  ///
  /// - Complexity: O(count · outputDimension · log outputDimension).
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireInput(vectors)
    let kernels = try KernelSet(execution.kernels)
    return try blocks(vectors, execution) { part in
      var rows: [Float] = []
      rows.reserveCapacity(part.count * outputDimension)
      for number in 0..<part.count {
        let row = part.row(number)
        for column in row.indices { rows.append(row[column]) }
        for _ in inputDimension..<outputDimension { rows.append(0) }
      }
      var span = rows.mutableSpan
      for (round, diagonal) in signs.enumerated() {
        kernels.walshHadamard(
          &span, size: outputDimension, signs: diagonal.span, scale: round == 2 ? scale : 1)
      }
      return rows
    }
  }

  /// Rotates back, and leaves out what was filled up.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireOutput(vectors)
    let kernels = try KernelSet(execution.kernels)
    return try blocks(vectors, execution) { part in
      var rows = part.values.indices.map { part.values[$0] }
      var span = rows.mutableSpan
      let none: [Float] = []
      for (round, diagonal) in [none, signs[2], signs[1]].enumerated() {
        kernels.walshHadamard(
          &span, size: outputDimension, signs: diagonal.span, scale: round == 0 ? scale : 1)
      }
      var result: [Float] = []
      result.reserveCapacity(part.count * inputDimension)
      for number in 0..<part.count {
        for column in 0..<inputDimension {
          result.append(rows[number * outputDimension + column] * signs[0][column])
        }
      }
      return result
    }
  }

  private func blocks(
    _ vectors: borrowing VectorBatch, _ execution: Execution,
    _ body: (borrowing VectorBatch) -> [Float]
  ) throws(IndexError) -> [Float] {
    _ = try checkedProduct(vectors.count, outputDimension, 4, of: "the transformed vectors")
    let parts = evenRanges(vectors.count, parts: execution.workerCount * 4, minimum: 64)
    guard parts.count > 1 else { return body(vectors) }
    let results = try parallelMap(parts.count, workers: execution.workerCount) {
      part throws(IndexError) in
      try execution.checkCancellation()
      return body(vectors.rows(parts[part]))
    }
    return results.flatMap { $0 }
  }
}
