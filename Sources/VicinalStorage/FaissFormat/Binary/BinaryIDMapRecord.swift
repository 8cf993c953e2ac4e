import VicinalCore
import VicinalIndexes

/// `IBMp`, `IBM2`: header, a binary index, then one id per vector.
struct BinaryIDMapRecord: BinaryRecord {
  let code: RecordCode
  let header: BinaryHeader
  let inner: any BinaryRecord
  let ids: ArrayPlace
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try BinaryHeader(reading: &cursor)
    let place = cursor.offset
    inner = try parseBinaryIndex(&cursor, depth: depth + 1, role: "index inside the id map")
    try header.require(like: inner, cursor, at: place)
    ids = try cursor.array(of: 8, "the ids")
    guard ids.count == header.count, inner.storedCount == header.count else {
      throw cursor.corrupt(
        "there are \(ids.count) ids for \(header.count) vectors", at: ids.range.lowerBound - 8)
    }
    range = start..<cursor.offset
  }

  var storedCount: Int { inner.storedCount }

  var description: RecordDescription {
    var description = RecordDescription(code, range: range, header: header)
    description.children = [inner.description]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    let inner = try inner.index(from: &source)
    let ids = try source.integers(ids, as: Int64.self)
    do throws(IndexError) {
      return try BinaryIDMapIndex(inner, ids: ids, isReversible: code == "IBM2")
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: BinaryIDMapIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code(index.isReversible ? "IBM2" : "IBMp")
    try BinaryHeader(of: index).write(to: &sink)
    try writeBinaryIndex(index.inner, to: &sink)
    try sink.array(index.ids)
  }
}
