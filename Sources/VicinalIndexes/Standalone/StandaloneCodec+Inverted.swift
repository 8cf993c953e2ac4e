import VicinalCoding
public import VicinalCore

extension IVFIndex: StandaloneCodec {
  /// Bytes of a list number, and of what lists hold per vector. faiss: `coarse_code_size` +
  /// `code_size`.
  public var codeSize: Int { numberSize + contentSize }

  /// Bytes that the largest list number needs; none if there is one list.
  private var numberSize: Int { (Int.bitWidth - (listCount - 1).leadingZeroBitCount + 7) / 8 }

  private var contentSize: Int { codec?.codeSize ?? dimension * 4 }

  /// For each vector the number of its list, lowest byte first, and what the list would hold.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try requireEncodable(vectors)
    let cells = try assign(vectors, execution: execution)
    let content = try encode(vectors, cells: cells, execution) ?? floatCodes(vectors)
    var codes: [UInt8] = []
    codes.reserveCapacity(cells.count * codeSize)
    for (row, cell) in cells.enumerated() {
      for byte in 0..<numberSize { codes.append(UInt8(truncatingIfNeeded: cell >> (8 * byte))) }
      codes += content[row * contentSize..<(row + 1) * contentSize]
    }
    return codes
  }

  /// What codes stand for, together with the centroids of their cells if they are of residuals.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    var (cells, content): ([Int64], [UInt8]) = ([], [])
    for row in 0..<(try requireDecodable(codes)) {
      let start = row * codeSize
      var cell = 0
      for byte in 0..<numberSize { cell |= Int(codes.byte(start + byte)) << (8 * byte) }
      guard cell < listCount else {
        throw IndexError(
          .invalidArgument, "code \(row) is of list \(cell), but there are lists 0 ..< \(listCount)"
        )
      }
      cells.append(Int64(cell))
      content.append(copying: codes.extracting(start + numberSize..<start + codeSize))
    }
    guard let codec else { return content.span.rawBytes.floats(in: 0..<content.count) }
    guard isResidual else { return try codec.decode(content.span.rawBytes) }
    let origins = try cellVectors(cells[...])
    // Codes of nothing stand for the centroid.
    guard codec.codeSize > 0 else { return origins }
    return try codec.decode(
      content.span.rawBytes, around: VectorBatch(origins.span, dimension: dimension))
  }
}

extension IVFPQRIndex: StandaloneCodec {
  /// Bytes of a code of the inverted file; as in faiss, the second code is no part of it.
  public var codeSize: Int { base.codeSize }

  /// Codes of the inverted file.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try base.encode(vectors, execution: execution)
  }

  /// What first codes stand for: less exact than what the index gives back of its own vectors.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] { try base.decode(codes) }
}
