import VicinalCompute
public import VicinalCore

/// y = A·x + b with given numbers.
///
/// OPQ rotations are of this type once they are stored.
///
/// The corresponding faiss type is `LinearTransform`.
public struct LinearTransform: VectorTransform {
  /// Floats per vector before. faiss: `d_in`.
  public let inputDimension: Int

  /// Floats per vector afterwards. faiss: `d_out`.
  public let outputDimension: Int

  /// Whether a bias is added. faiss: `have_bias`.
  public let hasBias: Bool

  /// `outputDimension × inputDimension` numbers, row-major, or none before training. faiss: `A`.
  public let matrix: [Float]

  /// `outputDimension` numbers if there is a bias. faiss: `b`.
  public let bias: [Float]

  /// Whether the numbers are there. faiss: `is_trained`.
  public let isTrained: Bool

  /// Whether rows, or columns if these are fewer, are orthonormal, so that the transposed matrix
  /// leads back. faiss: `is_orthonormal`.
  public let isOrthonormal: Bool

  private let packed: PackedMatrix?

  /// A transform with given numbers.
  ///
  /// - Parameters:
  ///   - matrix: `outputDimension × inputDimension` numbers, row-major.
  ///   - bias: `outputDimension` numbers, or `nil` for none.
  /// - Throws: ``IndexError/Code/invalidArgument`` if their numbers do not fit.
  public init(
    inputDimension: Int, outputDimension: Int, matrix: [Float], bias: [Float]? = nil
  ) throws(IndexError) {
    try self.init(
      inputDimension: inputDimension, outputDimension: outputDimension, hasBias: bias != nil,
      matrix: matrix, bias: bias ?? [], isTrained: true)
  }

  /// A transform without numbers yet.
  init(untrained inputDimension: Int, _ outputDimension: Int, hasBias: Bool) {
    (self.inputDimension, self.outputDimension) = (inputDimension, outputDimension)
    (self.hasBias, matrix, bias, isTrained) = (hasBias, [], [], false)
    (isOrthonormal, packed) = (false, nil)
  }

  /// All fields of a record. Numbers may be missing if it is not trained.
  package init(
    inputDimension: Int, outputDimension: Int, hasBias: Bool, matrix: [Float], bias: [Float],
    isTrained: Bool
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    let size = inputDimension * outputDimension
    guard matrix.count == size || !isTrained && matrix.isEmpty else {
      throw IndexError(
        .invalidArgument,
        "a matrix from dimension \(inputDimension) to \(outputDimension) has \(size) numbers, not"
          + " \(matrix.count)")
    }
    guard bias.isEmpty && !(hasBias && isTrained) || bias.count == outputDimension else {
      throw IndexError(
        .invalidArgument, "a bias has \(outputDimension) numbers, not \(bias.count)")
    }
    (self.inputDimension, self.outputDimension) = (inputDimension, outputDimension)
    (self.hasBias, self.matrix, self.bias) = (hasBias, matrix, bias)
    self.isTrained = isTrained
    isOrthonormal = isTrained && Self.isOrthonormal(matrix, outputDimension, inputDimension)
    packed =
      isTrained ? PackedMatrix(matrix.span, rows: outputDimension, columns: inputDimension) : nil
  }

  /// A trained transform whose numbers fit.
  init(
    trusted matrix: [Float], bias: [Float]? = nil, from inputDimension: Int,
    to outputDimension: Int
  ) {
    (self.inputDimension, self.outputDimension) = (inputDimension, outputDimension)
    (hasBias, self.matrix, self.bias, isTrained) = (bias != nil, matrix, bias ?? [], true)
    isOrthonormal = Self.isOrthonormal(matrix, outputDimension, inputDimension)
    packed = PackedMatrix(matrix.span, rows: outputDimension, columns: inputDimension)
  }

  /// The corresponding faiss value is `is_orthonormal`, which is always true for a loaded file.
  public var isReversible: Bool { isOrthonormal }

  /// Bytes of memory held: the matrix as files have it, and as it is multiplied.
  public var byteCount: Int { (matrix.count + bias.count) * 4 + (packed?.byteCount ?? 0) }

  /// Linear transforms are given, not learnt.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if there are no numbers yet.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    guard isTrained else {
      throw IndexError(.unsupported, "a plain linear transform cannot be trained; give its matrix")
    }
  }

  /// A·x + b for every vector.
  ///
  /// - Complexity: O(count · inputDimension · outputDimension).
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireInput(vectors)
    guard let packed else { return [] }
    return try packed.times(
      vectors, bias: hasBias ? bias : [], kernels: KernelSet(execution.kernels),
      execution: execution)
  }

  /// Aᵀ·(y − b) for every vector: for a projection, what of x lies in the directions kept, as in
  /// faiss. What a PCA took off as mean in the other directions does not come back.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` unless the matrix is orthonormal.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireOutput(vectors)
    guard isOrthonormal else {
      throw IndexError(
        .unsupported,
        "this linear transform is not a rotation or projection and cannot be reversed")
    }
    let (from, to) = (inputDimension, outputDimension)
    var result = [Float](repeating: 0, count: vectors.count * from)
    for number in 0..<vectors.count {
      let row = vectors.row(number)
      for output in 0..<to {
        let value = row[output] - (hasBias ? bias[output] : 0)
        for input in 0..<from {
          result[number * from + input] += value * matrix[output * from + input]
        }
      }
    }
    return result
  }

  /// faiss's tolerance for an entry of A·Aᵀ.
  private static let tolerance = 4e-5

  /// Whether A·Aᵀ (Aᵀ·A if there are more rows) is the identity, seen through a few random signs:
  /// a wrong entry changes at least one of the four products with a probability of 15/16 or more,
  /// and a matrix that is not a rotation has many.
  private static func isOrthonormal(_ matrix: [Float], _ rows: Int, _ columns: Int) -> Bool {
    var generator = SplitMix64(seed: 0x0472)
    let (small, isWide) = (min(rows, columns), rows <= columns)
    let limit = tolerance * Double(small).squareRoot() * 2 + 1e-6
    for _ in 0..<4 {
      let signs = (0..<small).map { _ in Bool.random(using: &generator) ? 1.0 : -1.0 }
      let there = product(matrix, rows, columns, signs, isTransposed: isWide)
      let back = product(matrix, rows, columns, there, isTransposed: !isWide)
      for (a, b) in zip(signs, back) where !(abs(a - b) <= limit) { return false }
    }
    return true
  }

  private static func product(
    _ matrix: [Float], _ rows: Int, _ columns: Int, _ vector: [Double], isTransposed: Bool
  ) -> [Double] {
    var result = [Double](repeating: 0, count: isTransposed ? columns : rows)
    for row in 0..<rows {
      let start = row * columns
      if isTransposed {
        let factor = vector[row]
        for column in 0..<columns { result[column] += factor * Double(matrix[start + column]) }
      } else {
        var sum = 0.0
        for column in 0..<columns { sum += vector[column] * Double(matrix[start + column]) }
        result[row] = sum
      }
    }
    return result
  }
}

/// A transform that is y = A·x + b once it is trained.
protocol LinearBacked: VectorTransform {
  /// What is applied.
  var linear: LinearTransform { get }
}

extension VectorTransform {
  /// The matrix and the bias that are applied, if it is linear.
  package var matrixForm: LinearTransform? {
    self as? LinearTransform ?? (self as? any LinearBacked)?.linear
  }
}

extension LinearBacked {
  /// Floats per vector before. faiss: `d_in`.
  public var inputDimension: Int { linear.inputDimension }

  /// Floats per vector afterwards. faiss: `d_out`.
  public var outputDimension: Int { linear.outputDimension }

  /// Whether vectors can be transformed. faiss: `is_trained`.
  public var isTrained: Bool { linear.isTrained }

  /// Whether the matrix is a rotation or projection.
  public var isReversible: Bool { linear.isReversible }

  /// A·x + b for every vector.
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try linear.apply(vectors, execution: execution)
  }

  /// Aᵀ·(y − b) for every vector.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` unless the matrix is a rotation or projection.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try linear.reverse(vectors, execution: execution)
  }
}
