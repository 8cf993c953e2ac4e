import Foundation
import VicinalCompute
public import VicinalCore

/// A rotation (and perhaps reflection) drawn at random, uniformly over all of them; to fewer
/// dimensions a projection, to more dimensions an embedding that keeps all distances.
///
/// It spreads what coordinates hold evenly, which helps codes that give every coordinate the same
/// number of bits.
///
/// The corresponding faiss type is `RandomRotationMatrix` (factory strings `RR`, `RR64`). The
/// numbers drawn are not faiss's.
public struct RandomRotation: LinearBacked {
  /// What is applied.
  package internal(set) var linear: LinearTransform

  /// Where the random numbers begin; not stored in files. faiss: the seed of `init`.
  public let seed: UInt64

  /// faiss's seed.
  public static let defaultSeed: UInt64 = 12345

  /// A rotation to be drawn by ``train(on:execution:)``.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for dimensions outside 1…2²⁰.
  public init(
    inputDimension: Int, outputDimension: Int, seed: UInt64 = defaultSeed
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    linear = LinearTransform(untrained: inputDimension, outputDimension, hasBias: false)
    self.seed = seed
  }

  /// A rotation from a record.
  package init(linear: LinearTransform) {
    self.linear = linear
    seed = Self.defaultSeed
  }

  /// Bytes of memory held.
  public var byteCount: Int { linear.byteCount }

  /// Draws the rotation; the sample is not looked at.
  ///
  /// - Complexity: O(larger dimension² · smaller dimension).
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try draw()
  }

  /// Draws the rotation.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for dimensions above 30,000.
  public mutating func draw() throws(IndexError) {
    let matrix = try randomRotation(outputDimension, inputDimension, seed: seed)
    linear = LinearTransform(trusted: matrix.floats, from: inputDimension, to: outputDimension)
  }
}

/// A random matrix with orthonormal rows, or orthonormal columns if it has more rows.
func randomRotation(
  _ rows: Int, _ columns: Int, seed: UInt64
) throws(IndexError) -> Matrix<Double> {
  let (small, large) = (min(rows, columns), max(rows, columns))
  var generator = SplitMix64(seed: seed)
  let size = try checkedProduct(small, large, of: "a rotation")
  let values = normals(size, &generator)
  let wide = try Matrix(values, rows: small, columns: large).orthonormalRows()
  return rows <= columns ? wide : wide.transposed
}

/// Independent standard normal numbers (Box and Muller, 1958).
private func normals(_ count: Int, _ generator: inout SplitMix64) -> [Double] {
  var values: [Double] = []
  values.reserveCapacity(count + 1)
  while values.count < count {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
    let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &generator)
    values += [radius * cos(angle), radius * sin(angle)]
  }
  return Array(values.prefix(count))
}
