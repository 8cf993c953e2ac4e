package import VicinalCompute
public import VicinalCore

extension ScalarQuantizer {
  /// Codes of vectors, exactly those of faiss's `sa_encode`. Values outside a range count as its
  /// end; those that a direct kind cannot hold lose their high bits, as in faiss.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try vectors.requireDimension(dimension, of: "vectors to encode")
    guard kind != .bits0 else { return [] }
    let tables = try requireTables()
    let kernels = try KernelSet(execution.kernels)
    let size = try checkedProduct(vectors.count, codeSize, of: "the codes")
    let pieces = evenRanges(vectors.count, parts: (vectors.count + 4095) / 4096)
    let parts = try parallelMap(pieces.count, workers: execution.workerCount) {
      index throws(IndexError) in
      try execution.checkCancellation()
      let rows = pieces[index]
      var codes = [UInt8](repeating: 0, count: rows.count * tables.codeSize)
      var target = codes.mutableSpan
      tables.encode(vectors.rows(rows).values, into: &target, kernels: kernels)
      return codes
    }
    if parts.count == 1 { return parts[0] }
    var codes: [UInt8] = []
    codes.reserveCapacity(size)
    for part in parts { codes += part }
    return codes
  }

  /// Vectors that codes stand for. Codes without bits cannot be counted, so they give none; see
  /// ``decode(_:around:)``.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    guard kind != .bits0 else { return [] }
    let tables = try requireTables()
    guard codes.byteCount.isMultiple(of: codeSize) else {
      throw IndexError(
        .dimensionMismatch,
        "\(codes.byteCount) bytes are not a whole number of codes of \(codeSize) bytes")
    }
    let count = try checkedProduct(
      codes.byteCount / codeSize, dimension, of: "the decoded vectors")
    var vectors = [Float](repeating: 0, count: count)
    var target = vectors.mutableSpan
    tables.decode(codes, into: &target, kernels: try KernelSet())
    return vectors
  }

  /// The decoded differences plus the origins; the origins themselves for codes without bits.
  public func decode(
    _ codes: RawSpan, around origins: borrowing VectorBatch
  ) throws(IndexError) -> [Float] {
    try origins.requireDimension(dimension, of: "origins")
    var values = [Float](repeating: 0, count: origins.values.count)
    if kind != .bits0 { values = try decode(codes) }
    guard values.count == origins.values.count else {
      throw IndexError(
        .dimensionMismatch,
        "\(values.count / dimension) codes need as many origins, got \(origins.count)")
    }
    for index in values.indices { values[index] += origins.values[index] }
    return values
  }

  /// Compares two codes, for building graphs over codes. faiss: `symmetric_dis`.
  ///
  /// - Parameters:
  ///   - a: One code.
  ///   - b: Another one.
  /// - Complexity: O(dimension); decodes both.
  package func distance(
    _ a: RawSpan, _ b: RawSpan, metric: Metric, kernels: KernelSet
  ) throws(IndexError) -> Float {
    let (left, right) = (try decode(a), try decode(b))
    guard left.count == dimension, right.count == dimension else {
      throw IndexError(
        .dimensionMismatch, "one code of \(codeSize) bytes was expected on each side")
    }
    return kernels.distance(left.span, right.span, metric: metric)
  }
}
