/// An index that can be used as a codec: it turns vectors into codes and back without holding
/// them. faiss: `sa_code_size`, `sa_encode`, `sa_decode`.
///
/// Codes have the same bytes as faiss's:
/// - flat: the floats, little-endian; flat of codes: the plain code;
/// - inverted file: the number of the list in as few bytes as the largest number needs, lowest
///   first, then what the list would hold;
/// - inverted file with refined codes: that of the inverted file alone;
/// - refined: the code of the first index, then that of the second, which alone is decoded;
/// - transforms, id maps, graphs: that of what they hold.
public protocol StandaloneCodec: VectorIndex {
  /// Bytes per code.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if an index inside has no codes.
  var codeSize: Int { get throws(IndexError) }

  /// Codes of vectors, ``codeSize`` bytes each, one after the other.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``,
  ///   ``IndexError/Code/unsupported`` if an index inside has no codes.
  func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8]

  /// Vectors that codes stand for, row-major, `dimension` floats each.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch`` if the bytes
  ///   are not a whole number of codes, ``IndexError/Code/invalidArgument`` if a code names a list
  ///   that does not exist, ``IndexError/Code/unsupported`` if a transform cannot be reversed.
  func decode(_ codes: RawSpan) throws(IndexError) -> [Float]
}

extension StandaloneCodec {
  /// Codes of vectors, with every processor.
  public func encode(_ vectors: borrowing VectorBatch) throws(IndexError) -> [UInt8] {
    try encode(vectors, execution: Execution())
  }

  /// The checks that encoding begins with.
  package func requireEncodable(_ vectors: borrowing VectorBatch) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to encode")
    try requireTrainedCodec()
    if !metric.allowsNaN { try vectors.requireFinite(of: "vectors to encode") }
  }

  /// The checks that decoding begins with.
  ///
  /// - Returns: The number of codes; 0 where codes have no bytes.
  package func requireDecodable(_ codes: RawSpan) throws(IndexError) -> Int {
    try requireTrainedCodec()
    let size = try codeSize
    guard size > 0 ? codes.byteCount.isMultiple(of: size) : codes.byteCount == 0 else {
      throw IndexError(
        .dimensionMismatch, "\(codes.byteCount) bytes are no whole number of codes of \(size)")
    }
    return size > 0 ? codes.byteCount / size : 0
  }

  private func requireTrainedCodec() throws(IndexError) {
    guard isTrained else {
      throw IndexError(.notTrained, "the index is not trained; train it on a sample first")
    }
  }
}
