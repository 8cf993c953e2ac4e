import VicinalCoding
import VicinalCompute
public import VicinalCore

extension FlatIndex: StandaloneCodec {
  /// Four bytes per float.
  public var codeSize: Int { dimension * 4 }

  /// The floats, little-endian.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try requireEncodable(vectors)
    return floatCodes(vectors)
  }

  /// The floats.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    _ = try requireDecodable(codes)
    return codes.floats(in: 0..<codes.byteCount)
  }
}

extension CodedIndex: StandaloneCodec {
  /// Bytes of a plain code.
  public var codeSize: Int { codec.codeSize }

  /// Plain codes.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try requireEncodable(vectors)
    return try codec.encode(vectors, execution: execution)
  }

  /// What plain codes stand for.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    _ = try requireDecodable(codes)
    return try codec.decode(codes)
  }
}

extension HNSWIndex: StandaloneCodec {
  /// Bytes of a plain code, or of a vector if vectors are kept as they are.
  public var codeSize: Int { codec?.codeSize ?? dimension * 4 }

  /// Plain codes, or the floats. faiss has none.
  public func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    try requireEncodable(vectors)
    return try codec?.encode(vectors, execution: execution) ?? floatCodes(vectors)
  }

  /// What plain codes stand for.
  public func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    _ = try requireDecodable(codes)
    return try codec?.decode(codes) ?? codes.floats(in: 0..<codes.byteCount)
  }
}

/// Vectors as bytes.
func floatCodes(_ vectors: borrowing VectorBatch) -> [UInt8] {
  var codes: [UInt8] = []
  codes.append(copying: vectors.values.rawBytes)
  return codes
}
