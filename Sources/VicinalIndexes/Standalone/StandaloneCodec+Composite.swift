public import VicinalCore

extension IDMapIndex: StandaloneCodec {
  /// Bytes of a code of the inner index.
  public var codeSize: Int {
    get throws(IndexError) { try codec(inner, "the index inside the id map").codeSize }
  }

  /// Codes of the inner index; ids have no part in them.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try codec(inner, "the index inside the id map").encode(vectors, execution: execution)
  }

  /// What codes of the inner index stand for.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try codec(inner, "the index inside the id map").decode(codes)
  }
}

extension TransformedIndex: StandaloneCodec {
  /// Bytes of a code of the inner index.
  public var codeSize: Int {
    get throws(IndexError) { try codec(inner, "the index behind the transform").codeSize }
  }

  /// Codes of the transformed vectors.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    let source = try codec(inner, "the index behind the transform")
    try requireEncodable(vectors)
    let values = try chain.apply(vectors, execution: execution)
    return try source.encode(
      VectorBatch(values.span, dimension: inner.dimension), execution: execution)
  }

  /// What codes stand for, transformed back.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    try chain.reverse(codec(inner, "the index behind the transform").decode(codes))
  }
}

extension RefinedIndex: StandaloneCodec {
  private var parts: (base: any StandaloneCodec, refiner: any StandaloneCodec) {
    get throws(IndexError) {
      (
        try codec(base, "the first index of the refined index"),
        try codec(refiner, "the second index of the refined index")
      )
    }
  }

  /// Bytes of the codes of both indexes.
  public var codeSize: Int {
    get throws(IndexError) {
      let parts = try parts
      return try parts.base.codeSize + parts.refiner.codeSize
    }
  }

  /// For each vector the code of the first index, then that of the second.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    let parts = try parts
    let sizes = (try parts.base.codeSize, try parts.refiner.codeSize)
    let first = try parts.base.encode(vectors, execution: execution)
    let second = try parts.refiner.encode(vectors, execution: execution)
    var codes: [UInt8] = []
    codes.reserveCapacity(first.count + second.count)
    for row in 0..<vectors.count {
      codes += first[row * sizes.0..<(row + 1) * sizes.0]
      codes += second[row * sizes.1..<(row + 1) * sizes.1]
    }
    return codes
  }

  /// What the codes of the second index stand for.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    let parts = try parts
    let size = try codeSize
    let skipped = try parts.base.codeSize
    var content: [UInt8] = []
    for row in 0..<(try requireDecodable(codes)) {
      content.append(copying: codes.extracting(row * size + skipped..<(row + 1) * size))
    }
    return try parts.refiner.decode(content.span.rawBytes)
  }
}

/// An index as a codec.
private func codec(
  _ index: any VectorIndex, _ role: String
) throws(IndexError) -> any StandaloneCodec {
  guard let codec = index as? any StandaloneCodec else {
    throw IndexError(.unsupported, "\(role) (\(type(of: index))) has no codes of its own")
  }
  return codec
}
