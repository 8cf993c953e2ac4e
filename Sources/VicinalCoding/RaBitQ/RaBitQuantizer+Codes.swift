import VicinalCompute
public import VicinalCore

extension RaBitQuantizer {
  /// Codes relative to the centre.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    guard isTrained else { throw IndexError(.notTrained, "the RaBitQ codec is not trained") }
    try vectors.requireDimension(dimension, of: "vectors to encode")
    let center = center.isEmpty ? [Float](repeating: 0, count: dimension) : center
    return try encode(vectors, execution) { encoder, row in
      encoder.append(vectors.row(row), around: center.span)
    }
  }

  /// Codes relative to one origin each; the centre plays no part.
  public func encode(
    _ vectors: borrowing VectorBatch, around origins: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try vectors.requireDimension(dimension, of: "vectors to encode")
    try origins.requireDimension(dimension, of: "origins")
    guard origins.count == vectors.count else {
      throw IndexError(
        .dimensionMismatch, "\(vectors.count) vectors need as many origins, got \(origins.count)")
    }
    return try encode(vectors, execution) { encoder, row in
      encoder.append(vectors.row(row), around: origins.row(row))
    }
  }

  /// Rows that one task encodes.
  private static let taskRows = 256

  private func encode(
    _ vectors: borrowing VectorBatch, _ execution: Execution,
    _ body: (inout RaBitQEncoder, Int) -> Void
  ) throws(IndexError) -> [UInt8] {
    let kernels = try KernelSet(execution.kernels)
    let workers = execution.workerCount
    let ranges = evenRanges(
      vectors.count, parts: (vectors.count + Self.taskRows - 1) / Self.taskRows)
    let parts = try parallelMap(ranges.count, workers: workers) { task throws(IndexError) in
      try execution.checkCancellation()
      var encoder = RaBitQEncoder(codec: self, kernels: kernels)
      encoder.codes.reserveCapacity(ranges[task].count * codeSize)
      for row in ranges[task] { body(&encoder, row) }
      return encoder.codes
    }
    return parts.count == 1 ? parts[0] : parts.flatMap(\.self)
  }

  /// Vectors that codes relative to the centre stand for: c_j ± f1/√d, whatever the extra bits, as
  /// in faiss.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    guard isTrained else { throw IndexError(.notTrained, "the RaBitQ codec is not trained") }
    var values = try decodeDifferences(codes)
    guard !center.isEmpty else { return values }
    for index in values.indices { values[index] += center[index % dimension] }
    return values
  }

  /// Vectors that codes relative to one origin each stand for; the centre plays no part.
  public func decode(
    _ codes: RawSpan, around origins: borrowing VectorBatch
  ) throws(IndexError) -> [Float] {
    var values = try decodeDifferences(codes)
    guard values.count == origins.values.count else {
      throw IndexError(
        .dimensionMismatch,
        "\(values.count / dimension) codes need as many origins, got \(origins.count)")
    }
    for index in values.indices { values[index] += origins.values[index] }
    return values
  }

  private func decodeDifferences(_ codes: RawSpan) throws(IndexError) -> [Float] {
    guard codes.byteCount.isMultiple(of: codeSize) else {
      throw IndexError(
        .dimensionMismatch,
        "\(codes.byteCount) bytes are not a whole number of codes of"
          + " \(codeSize) bytes")
    }
    let root = Float(dimension).squareRoot()
    var values: [Float] = []
    values.reserveCapacity(codes.byteCount / codeSize * dimension)
    for start in stride(from: 0, to: codes.byteCount, by: codeSize) {
      let factor = Float(
        bitPattern: UInt32(
          littleEndian: codes.loadUnaligned(start + (dimension + 7) / 8 + 4, as: UInt32.self)))
      let step = factor / root
      for index in 0..<dimension {
        let bit = codes.byte(start + index >> 3) >> UInt8(index & 7) & 1
        values.append(bit == 1 ? step : -step)
      }
    }
    return values
  }
}
