import VicinalCore
import VicinalIndexes

/// `IBxF`: a header, then all vectors.
struct BinaryFlatRecord: BinaryRecord {
  let header: BinaryHeader
  /// The bytes of the vectors.
  let codes: ArrayPlace
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int) throws(IndexError) {
    header = try BinaryHeader(reading: &cursor)
    let place = cursor.offset
    codes = try cursor.array(of: 1, "the vectors")
    let (expected, overflow) = header.count.multipliedReportingOverflow(by: header.codeSize)
    guard !overflow, codes.count == expected else {
      throw cursor.corrupt(
        "\(header.count) vectors of \(header.codeSize) bytes should be there, but there are"
          + " \(codes.count) bytes", at: place)
    }
    range = start..<cursor.offset
  }

  var storedCount: Int { header.count }

  var description: RecordDescription { RecordDescription("IBxF", range: range, header: header) }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    BinaryFlatIndex(rows: try rows(from: &source))
  }

  /// The vectors, chunk by chunk.
  func rows(from source: inout ByteSource) throws(IndexError) -> BinaryRows {
    var rows = BinaryRows(codeSize: header.codeSize)
    let step = rows.chunkRows * header.codeSize
    var pieces: [ByteStorage] = []
    for first in stride(from: codes.range.lowerBound, to: codes.range.upperBound, by: step) {
      pieces.append(try source.storage(first..<min(first + step, codes.range.upperBound)))
    }
    rows.adopt(pieces)
    return rows
  }

  static func write(_ index: BinaryFlatIndex, to sink: inout ByteSink) throws(IndexError) {
    try write(index.rows, to: &sink)
  }

  static func write(_ rows: BinaryRows, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IBxF")
    let header = BinaryHeader(
      dimension: rows.codeSize * 8, count: rows.count, isTrained: true)
    try header.write(to: &sink)
    try sink.count(rows.count * rows.codeSize)
    for chunk in rows.chunks { try sink.write(chunk.bytes) }
  }

  /// Reads the vectors that another record keeps in a flat index of its own.
  static func storage(
    _ cursor: inout ByteCursor, of header: BinaryHeader, depth: Int, role: String
  ) throws(IndexError) -> BinaryFlatRecord {
    let place = cursor.offset
    let record = try parseBinaryIndex(&cursor, depth: depth + 1, role: role)
    guard let flat = record as? BinaryFlatRecord else {
      throw cursor.failure(
        .unsupported, "the \(role) must be a flat binary index (IBxF)", at: place)
    }
    try header.require(like: flat, cursor, at: place)
    return flat
  }
}
