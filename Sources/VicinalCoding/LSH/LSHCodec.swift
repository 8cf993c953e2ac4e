import VicinalCompute
public import VicinalCore

/// Locality-sensitive hashing: one bit per direction, which says on which side of a threshold the
/// vector lies. Codes are compared by the number of bits that differ.
///
/// The directions are the rows of a matrix, as a rule a random rotation, or simply the first
/// coordinates.
///
/// Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002.
/// faiss: `IndexLSH` (factory strings `LSH`, `LSH64r`, `LSHrt`).
public struct LSHCodec: VectorCodec {
  /// Floats per vector.
  public let dimension: Int

  /// Bits per code. faiss: `nbits`.
  public let bits: Int

  /// The directions, row-major `bits` × `dimension`; empty if the first coordinates serve.
  /// faiss: `rrot.A`.
  public let matrix: [Float]

  /// Whether training finds thresholds; otherwise they are 0. faiss: `train_thresholds`.
  public let areThresholdsTrained: Bool

  /// One per bit, or empty before training and where they are 0. faiss: `thresholds`.
  public private(set) var thresholds: [Float] = []

  /// Whether vectors are multiplied by ``matrix``. faiss: `rotate_data`.
  public var isRotated: Bool { !matrix.isEmpty }

  /// A codec of bits.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - bits: Bits per code, at least 1; without a matrix at most `dimension`.
  ///   - matrix: Row-major `bits` × `dimension`, with orthonormal rows (or columns if there are
  ///     more bits than dimensions) so that decoding gives the nearest vector; `nil` takes the
  ///     first coordinates.
  ///   - areThresholdsTrained: Whether training finds thresholds.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    dimension: Int, bits: Int, matrix: [Float]?, areThresholdsTrained: Bool = false
  ) throws(IndexError) {
    guard dimension > 0, bits > 0 else {
      throw IndexError(
        .invalidArgument,
        "hash codes need a dimension and bits of at least 1, got \(dimension) and \(bits)")
    }
    let size = try checkedProduct(dimension, bits, of: "the directions of hash codes")
    if let matrix {
      guard matrix.count == size else {
        throw IndexError(
          .invalidArgument,
          "\(bits) directions of dimension \(dimension) are \(size) floats, got \(matrix.count)")
      }
    } else if bits > dimension {
      throw IndexError(
        .invalidArgument,
        "\(bits) bits of \(dimension) coordinates need a rotation (LSH\(bits)r)")
    }
    self.dimension = dimension
    self.bits = bits
    self.matrix = matrix ?? []
    self.areThresholdsTrained = areThresholdsTrained
  }

  /// A codec of bits along random directions or along the first coordinates.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - bits: Bits per code, at least 1; not rotated at most `dimension`.
  ///   - isRotated: Whether directions are the rows of a random rotation, or with more bits than
  ///     dimensions of a random embedding. faiss: `rotate_data`.
  ///   - areThresholdsTrained: Whether training finds thresholds.
  ///   - seed: Where the random numbers of the rotation begin; faiss's is 5.
  /// - Throws: ``IndexError/Code/invalidArgument``; ``IndexError/Code/unsupported`` for rotations
  ///   of more than 30,000 dimensions.
  public init(
    dimension: Int, bits: Int, isRotated: Bool, areThresholdsTrained: Bool, seed: UInt64 = 5
  ) throws(IndexError) {
    var matrix: [Float]?
    if isRotated {
      var rotation = try RandomRotation(
        inputDimension: dimension, outputDimension: bits, seed: seed)
      try rotation.draw()
      matrix = rotation.linear.matrix
    }
    try self.init(
      dimension: dimension, bits: bits, matrix: matrix,
      areThresholdsTrained: areThresholdsTrained)
  }

  /// The codec that a file describes (record `IxHe`).
  ///
  /// - Parameters:
  ///   - dimension: faiss's `d`.
  ///   - bits: faiss's `nbits`.
  ///   - isRotated: faiss's `rotate_data`.
  ///   - areThresholdsTrained: faiss's `train_thresholds`.
  ///   - thresholds: faiss's `thresholds`.
  ///   - codeSize: faiss's `code_size`.
  ///   - matrix: faiss's `rrot.A`; ignored unless rotated.
  /// - Throws: ``IndexError/Code/corruptFile`` if the fields contradict each other.
  package init(
    dimension: Int, bits: Int, isRotated: Bool, areThresholdsTrained: Bool, thresholds: [Float],
    codeSize: Int, matrix: [Float]
  ) throws(IndexError) {
    do throws(IndexError) {
      try self.init(
        dimension: dimension, bits: bits, matrix: isRotated ? matrix : nil,
        areThresholdsTrained: areThresholdsTrained)
    } catch {
      throw IndexError(.corruptFile, error.message)
    }
    guard codeSize == self.codeSize else {
      throw IndexError(
        .corruptFile,
        "hash codes of \(bits) bits have \(self.codeSize) bytes, found code_size \(codeSize)")
    }
    guard thresholds.isEmpty || areThresholdsTrained && thresholds.count == bits else {
      throw IndexError(
        .corruptFile,
        "hash codes of \(bits) bits have as many thresholds or none, found \(thresholds.count)")
    }
    self.thresholds = thresholds
  }

  /// Bytes per code. faiss: `code_size`.
  public var codeSize: Int { (bits + 7) / 8 }

  /// Whether vectors can be encoded.
  public var isTrained: Bool { !areThresholdsTrained || !thresholds.isEmpty }

  /// Bytes of memory of the tables.
  public var byteCount: Int { (matrix.count + thresholds.count) * 4 }

  /// Takes medians as thresholds, if the codec has any.
  ///
  /// - Throws: ``IndexError/Code/insufficientData`` without vectors,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(vectors · bits · dimension) with a matrix, O(vectors · bits · log vectors)
  ///   without.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "vectors to train on")
    guard areThresholdsTrained else { return }
    guard sample.count > 0 else {
      throw IndexError(
        .insufficientData, "the thresholds of hash codes need at least one vector to train on")
    }
    try sample.requireFinite(of: "vectors to train on")
    let directed = try directed(sample, execution)
    let bits = bits
    thresholds = try parallelMap(bits, workers: execution.workerCount) { bit throws(IndexError) in
      try execution.checkCancellation()
      var values = stride(from: bit, to: directed.count, by: bits).map { directed[$0] }
      return median(&values)
    }
  }
}

/// The median of finite values, which come out in another order: quickselect, O(n).
private func median(_ values: inout [Float]) -> Float {
  let middle = values.count / 2
  var (low, high) = (0, values.count - 1)
  while low < high {
    // Of three values, so that sorted ones do no harm.
    let ends = (values[low], values[low + (high - low) / 2], values[high])
    let pivot = max(min(ends.0, ends.1), min(max(ends.0, ends.1), ends.2))
    var (left, right) = (low, high)
    while left <= right {
      while values[left] < pivot { left += 1 }
      while values[right] > pivot { right -= 1 }
      if left <= right {
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
    }
    if middle <= right { high = right } else if middle >= left { low = left } else { break }
  }
  guard values.count.isMultiple(of: 2), let below = values[..<middle].max() else {
    return values[middle]
  }
  return (below + values[middle]) / 2
}
