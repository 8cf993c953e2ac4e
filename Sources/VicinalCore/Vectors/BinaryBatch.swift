/// Borrowed binary vectors: `count` rows of `codeSize` bytes, 8 bits per byte.
///
/// The counterpart of ``VectorBatch`` for vectors of bits, which are compared by the number of
/// bits in which they differ (Hamming distance). A batch never owns memory and cannot outlive its
/// source.
///
/// ```swift
/// let bytes: [UInt8] = [0x0f, 0xff, 0x00, 0x01]
/// let batch = try BinaryBatch(bytes.span.bytes, dimension: 16)  // 2 rows of 16 bits
/// ```
public struct BinaryBatch: ~Escapable, Sendable {
  /// All rows, one after the other.
  public let bytes: RawSpan

  /// Bytes in a row, at least 1. faiss: `code_size`.
  public let codeSize: Int

  /// Rows.
  public let count: Int

  /// Bits in a row.
  public var dimension: Int { codeSize * 8 }

  /// The largest number of bits in a row: distances are exact as floats.
  public static let largestDimension = 1 << 24

  /// Views `bytes` as rows of `dimension` bits.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if `dimension` is not a multiple of 8 within
  ///   8 … ``largestDimension``, ``IndexError/Code/dimensionMismatch`` if `bytes` is not a whole
  ///   number of rows.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, dimension: Int) throws(IndexError) {
    try Self.validate(dimension: dimension)
    let codeSize = dimension / 8
    guard bytes.byteCount.isMultiple(of: codeSize) else {
      throw IndexError(
        .dimensionMismatch,
        "\(bytes.byteCount) bytes are not a whole number of rows of \(dimension) bits")
    }
    self.bytes = bytes
    self.codeSize = codeSize
    count = bytes.byteCount / codeSize
  }

  /// Requires a number of bits that binary vectors can have.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public static func validate(dimension: Int) throws(IndexError) {
    guard dimension >= 8, dimension <= largestDimension, dimension.isMultiple(of: 8) else {
      throw IndexError(
        .invalidArgument,
        "the dimension of binary vectors must be a multiple of 8 within 8…\(largestDimension)"
          + " bits, got \(dimension)")
    }
  }

  /// Row `index`, 0 ..< `count`.
  @_lifetime(copy self)
  public func row(_ index: Int) -> RawSpan {
    bytes.extracting(index * codeSize..<(index + 1) * codeSize)
  }

  /// The rows in `range` as a batch of their own, without a copy.
  @_lifetime(copy self)
  public func rows(_ range: Range<Int>) -> BinaryBatch {
    BinaryBatch(
      trusted: bytes.extracting(range.lowerBound * codeSize..<range.upperBound * codeSize),
      codeSize: codeSize, count: range.count)
  }

  /// Requires the dimension of an index.
  ///
  /// - Parameters:
  ///   - dimension: What the index expects, in bits.
  ///   - role: What the batch is for the caller ("queries", "vectors to add"), for the message.
  /// - Throws: ``IndexError/Code/dimensionMismatch``.
  public func requireDimension(_ dimension: Int, of role: String) throws(IndexError) {
    guard self.dimension == dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(role) have \(self.dimension) bits, but the index has \(dimension)")
    }
  }

  @_lifetime(copy bytes)
  private init(trusted bytes: RawSpan, codeSize: Int, count: Int) {
    self.bytes = bytes
    self.codeSize = codeSize
    self.count = count
  }
}
