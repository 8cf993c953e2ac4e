import VicinalCoding
import VicinalCore

/// The array of the records `Irfs` and `Iwrf` that holds what codes have behind their signs, in one
/// of three forms (section 15 of the format document): whole tails of codes as bytes; or, without
/// bits, records of two or three floats, of which the first two count.
struct RaBitQFactors: Sendable {
  /// Vectors there is a record of.
  let count: Int
  private let range: Range<Int>
  private let recordBytes: Int
  /// Bytes of a record that belong into a code.
  private let tailBytes: Int

  /// Reads the array.
  ///
  /// - Parameters:
  ///   - hasBits: Whether the quantizer named its bits.
  ///   - isNext: Whether what has to follow the array begins at a place: that tells its form.
  init(
    reading cursor: inout ByteCursor, signs: RaBitQRecord, hasBits: Bool,
    isNext: (borrowing ByteCursor, Int) -> Bool
  ) throws(IndexError) {
    tailBytes = signs.tailBytes
    let place = cursor.offset
    if hasBits {
      let bytes = try cursor.array(of: 1, "the factors")
      recordBytes = tailBytes
      guard bytes.count.isMultiple(of: tailBytes) else {
        throw cursor.corrupt(
          "\(bytes.count) bytes are no whole number of factors of \(tailBytes) bytes", at: place)
      }
      count = bytes.count / tailBytes
      range = bytes.range
      return
    }
    count = try cursor.count("the number of factors")
    for size in [8, 12] {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, bytes <= cursor.remaining, isNext(cursor, cursor.offset + bytes) else {
        continue
      }
      recordBytes = size
      range = try cursor.skip(bytes, "the factors")
      return
    }
    throw cursor.corrupt("\(count) factors do not fit what stands behind them", at: place)
  }

  /// Puts signs and factors together.
  ///
  /// - Parameters:
  ///   - blocks: Interleaved signs of as many vectors as there are ids.
  ///   - ids: Which record belongs to each vector.
  func block(
    _ blocks: ByteStorage, ids: [Int64], codec: RaBitQFastScanCodec,
    from source: borrowing ByteSource
  ) throws(IndexError) -> CodeBlock {
    let signs = CodeBlock(
      bytes: blocks, count: ids.count, codeSize: codec.signBytes,
      layout: .interleaved(vectors: codec.blockVectors, pairs: codec.signBytes, extra: 0))
    var codes: [UInt8] = []
    codes.reserveCapacity(ids.count * codec.codeSize)
    for (row, id) in ids.enumerated() {
      guard id >= 0, id < count else {
        throw IndexError(
          .corruptFile, "there are factors of \(count) vectors, none of vector \(id)")
      }
      signs.appendCode(row, to: &codes)
      let start = range.lowerBound + Int(id) * recordBytes
      codes.append(copying: source.bytes.extracting(start..<start + tailBytes))
    }
    var block = CodeBlock(codeSize: codec.codeSize, layout: codec.layout)
    block.append(codes.span.rawBytes, count: ids.count)
    return block
  }
}

extension ByteCursor {
  /// What `body` says of the two 64-bit integers behind dimension, code size and metric of a RaBitQ
  /// quantizer to come; `nil` at the end of the file.
  func peekBits(_ body: (UInt64, UInt64) -> Bool) -> Bool? {
    let place = offset + 20
    guard place + 16 <= bytes.byteCount else { return nil }
    return body(
      UInt64(littleEndian: bytes.loadUnaligned(place, as: UInt64.self)),
      UInt64(littleEndian: bytes.loadUnaligned(place + 8, as: UInt64.self)))
  }
}
