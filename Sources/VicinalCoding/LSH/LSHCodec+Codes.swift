public import VicinalCompute
public import VicinalCore

extension LSHCodec {
  /// Codes of vectors: bit j is set if the part along direction j reaches its threshold.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try vectors.requireDimension(dimension, of: "vectors to encode")
    try requireTrained()
    let size = try checkedProduct(vectors.count, codeSize, of: "the codes")
    let kernels = try KernelSet(execution.kernels)
    let pieces = evenRanges(vectors.count, parts: (vectors.count + 255) / 256)
    let parts = try parallelMap(pieces.count, workers: execution.workerCount) {
      index throws(IndexError) in
      try execution.checkCancellation()
      var codes = [UInt8](repeating: 0, count: pieces[index].count * codeSize)
      var parts = [Float](repeating: 0, count: bits)
      for (place, row) in pieces[index].enumerated() {
        encode(vectors.row(row), &parts, into: &codes, at: place * codeSize, kernels)
      }
      return codes
    }
    var codes: [UInt8] = []
    codes.reserveCapacity(size)
    for part in parts { codes += part }
    return codes
  }

  /// The code of one vector.
  func encode(
    _ vector: Span<Float>, _ parts: inout [Float], into codes: inout [UInt8], at start: Int,
    _ kernels: KernelSet
  ) {
    direct(vector, into: &parts, kernels)
    for byte in 0..<codeSize {
      var value: UInt8 = 0
      for bit in byte * 8..<min(bits, byte * 8 + 8) {
        let threshold = thresholds.isEmpty ? 0 : thresholds[bit]
        value |= parts[bit] - threshold >= 0 ? 1 << (bit % 8) : 0
      }
      codes[start + byte] = value
    }
  }

  /// The parts of a vector along the directions.
  private func direct(_ vector: Span<Float>, into parts: inout [Float], _ kernels: KernelSet) {
    guard isRotated else {
      for bit in 0..<bits { parts[bit] = vector[bit] }
      return
    }
    var output = parts.mutableSpan
    kernels.distances(
      from: vector, to: matrix.span.rawBytes, metric: .innerProduct, into: &output)
  }

  /// The parts of all vectors, row-major.
  func directed(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    if isRotated {
      return try PackedMatrix(matrix.span, rows: bits, columns: dimension).times(
        vectors, bias: [], kernels: KernelSet(execution.kernels), execution: execution)
    }
    var all: [Float] = []
    all.reserveCapacity(try checkedProduct(vectors.count, bits, of: "the sample"))
    for row in 0..<vectors.count { for bit in 0..<bits { all.append(vectors.row(row)[bit]) } }
    return all
  }

  /// Vectors that codes stand for: ±1 around the threshold along each direction, as in faiss;
  /// without a matrix, coordinates that have no bit are 0.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try requireTrained()
    guard codes.byteCount.isMultiple(of: codeSize) else {
      throw IndexError(
        .dimensionMismatch,
        "\(codes.byteCount) bytes are not a whole number of codes of \(codeSize) bytes")
    }
    let count = codes.byteCount / codeSize
    var vectors = [Float](
      repeating: 0, count: try checkedProduct(count, dimension, of: "the decoded vectors"))
    for row in 0..<count {
      for bit in 0..<bits {
        let isSet = codes.byte(row * codeSize + bit / 8) >> (bit % 8) & 1 == 1
        let value = (isSet ? 1 : -1) + (thresholds.isEmpty ? 0 : thresholds[bit])
        guard isRotated else {
          vectors[row * dimension + bit] = value
          continue
        }
        for column in 0..<dimension {
          vectors[row * dimension + column] += value * matrix[bit * dimension + column]
        }
      }
    }
    return vectors
  }

  /// A scanner whose values are numbers of differing bits.
  ///
  /// - Throws: ``IndexError/Code/notTrained``; ``IndexError/Code/unsupported`` for options, and
  ///   for metrics other than L2, since fewer differing bits always mean nearer.
  public func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    guard options.asksNothing else {
      throw IndexError(
        .unsupported, "hash codes have no Hamming threshold and round no queries")
    }
    guard metric == .l2 else {
      throw IndexError(
        .unsupported, "hash codes are compared by differing bits, under L2 only, not \(metric)")
    }
    try requireTrained()
    return LSHScanner(LSHScan(self, kernels))
  }

  private func requireTrained() throws(IndexError) {
    guard isTrained else {
      throw IndexError(
        .notTrained, "the thresholds of the hash codes must be trained first, with train(on:)")
    }
  }
}
