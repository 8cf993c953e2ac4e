import VicinalCompute
public import VicinalCore

extension ProductQuantizer {
  /// Vectors coded between two checks for cancellation.
  private static let blockVectors = 256

  /// Numbers of the nearest centroids, packed as a bit string, part 0 first.
  ///
  /// - Complexity: O(count · dimension · 2^bits). faiss: `compute_codes`.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try requireTrained()
    try vectors.requireDimension(dimension, of: "vectors to encode")
    let kernels = try KernelSet(execution.kernels)
    let parts = evenRanges(
      vectors.count, parts: (vectors.count + Self.blockVectors - 1) / Self.blockVectors)
    let codes = try parallelMap(parts.count, workers: execution.workerCount) {
      part throws(IndexError) in
      try execution.checkCancellation()
      return encode(vectors.rows(parts[part]), kernels: kernels)
    }
    guard codes.count != 1 else { return codes[0] }
    var result: [UInt8] = []
    result.reserveCapacity(vectors.count * codeSize)
    for part in codes { result += part }
    return result
  }

  /// Codes of a few vectors, on this thread.
  func encode(_ vectors: borrowing VectorBatch, kernels: KernelSet) -> [UInt8] {
    var numbers = [Int32](repeating: 0, count: vectors.count * subspaces)
    var span = numbers.mutableSpan
    transposed.findNearest(vectors, kernels: kernels, into: &span)
    var codes: [UInt8] = []
    codes.reserveCapacity(vectors.count * codeSize)
    let isWhole = (subspaces * bits).isMultiple(of: 8)
    if isWhole {
      BitString.append(numbers.span, bits: bits, to: &codes)
    } else {
      for row in 0..<vectors.count {
        BitString.append(
          numbers.span.extracting(row * subspaces..<(row + 1) * subspaces), bits: bits, to: &codes)
      }
    }
    return codes
  }

  /// The concatenated centroids that codes name. faiss: `decode`.
  ///
  /// - Complexity: O(codes · dimension).
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try requireTrained()
    guard codes.byteCount.isMultiple(of: codeSize) else {
      throw IndexError(
        .dimensionMismatch,
        "\(codes.byteCount) bytes are not a whole number of codes of \(codeSize) bytes")
    }
    let count = codes.byteCount / codeSize
    var result: [Float] = []
    result.reserveCapacity(count * dimension)
    var numbers = [Int32](repeating: 0, count: subspaces)
    for row in 0..<count {
      var span = numbers.mutableSpan
      BitString.read(codes, from: row * codeSize, bits: bits, into: &span)
      for (subspace, number) in numbers.enumerated() {
        result += centroid(Int(number), of: subspace)
      }
    }
    return result
  }
}
