import VicinalCoding
import VicinalCore

/// What fast-scan records say about their blocks.
struct FastScanGeometry {
  let layout: CodeLayout
  private let pairs: Int

  /// Codes in a block that are believed.
  private static let largestBlock = 1 << 16

  /// Reads implem, bbs and qbs of `IPfs`.
  init(reading cursor: inout ByteCursor, codec: CodecRecord) throws(IndexError) {
    _ = try cursor.integer(Int32.self, "implem")
    let block = Int(try cursor.integer(Int32.self, "the vectors of a block"))
    _ = try cursor.integer(Int32.self, "qbs")
    try self.init(block: block, codec: codec, cursor)
  }

  init(block: Int, codec: CodecRecord, _ cursor: borrowing ByteCursor) throws(IndexError) {
    guard codec.bits == 4 else {
      throw cursor.corrupt("fast scan needs 4 bits per part, the codec has \(codec.bits)")
    }
    try Self.check(block: block, cursor)
    pairs = codec.codeSize
    layout = .interleaved(vectors: block, pairs: pairs, extra: 0)
  }

  /// Reads and checks the vectors of a block.
  static func block(_ cursor: inout ByteCursor) throws(IndexError) -> Int {
    let block = Int(try cursor.integer(Int32.self, "the vectors of a block"))
    try check(block: block, cursor)
    return block
  }

  private static func check(
    block: Int, _ cursor: borrowing ByteCursor
  ) throws(IndexError) {
    guard block > 0, block.isMultiple(of: 32), block <= largestBlock else {
      throw cursor.corrupt(
        "blocks must hold a multiple of 32 vectors up to \(largestBlock), found \(block)")
    }
  }

  func check(pairs found: Int, _ cursor: borrowing ByteCursor) throws(IndexError) {
    guard found == pairs * 2 else {
      throw cursor.corrupt("there are \(found) padded sub-codes, expected \(pairs * 2)")
    }
  }
}

extension CodeLayout {
  /// As `byteCount`, or `nil` if that is more than can be counted.
  func checkedByteCount(codes count: Int, codeSize: Int) -> Int? {
    let rows = (count + blockCount - 1) / blockCount * blockCount
    let (bytes, overflow) = rows.multipliedReportingOverflow(by: max(1, codeSize))
    return overflow || bytes > 1 << 60 ? nil : byteCount(codes: count, codeSize: codeSize)
  }
}
