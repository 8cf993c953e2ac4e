import VicinalCore
import VicinalIndexes

/// `IBFf`: header, then an index over floats.
struct BinaryFromFloatRecord: BinaryRecord {
  let header: BinaryHeader
  let inner: any IndexRecord
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int, depth: Int) throws(IndexError) {
    header = try BinaryHeader(reading: &cursor)
    let place = cursor.offset
    inner = try parseIndex(&cursor, depth: depth + 1, role: "index over floats")
    let other = inner.header
    guard other.dimension == header.dimension, other.count == header.count else {
      throw cursor.corrupt(
        "the index over floats has \(other.count) vectors of dimension \(other.dimension);"
          + " expected \(header.count) and \(header.dimension)", at: place)
    }
    range = start..<cursor.offset
  }

  var storedCount: Int { inner.storedCount }

  var description: RecordDescription {
    var description = RecordDescription("IBFf", range: range, header: header)
    description.children = [inner.description.inRole("index over floats")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    let inner = try inner.index(from: &source)
    do throws(IndexError) {
      return try BinaryFromFloatIndex(inner)
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: BinaryFromFloatIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IBFf")
    try BinaryHeader(of: index).write(to: &sink)
    try writeIndex(index.inner, to: &sink)
  }
}
