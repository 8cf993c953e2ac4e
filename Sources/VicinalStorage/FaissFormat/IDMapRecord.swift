import VicinalCore
import VicinalIndexes

/// `IxMp`, `IxM2`: header, an index, then one id per vector.
struct IDMapRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  let inner: any IndexRecord
  let ids: ArrayPlace
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    let place = cursor.offset
    inner = try parseIndex(&cursor, depth: depth + 1, role: "index inside the id map")
    try header.require(like: inner, cursor, at: place)
    guard inner.storedCount == inner.header.count else {
      throw cursor.failure(
        .unsupported,
        "an id map around an inverted file that skipped vectors (\(inner.header.count) were added,"
          + " \(inner.storedCount) stored) cannot be read", at: place)
    }
    ids = try cursor.array(of: 8, "the ids")
    guard ids.count == header.count else {
      throw cursor.corrupt(
        "there are \(ids.count) ids for \(header.count) vectors", at: ids.range.lowerBound - 8)
    }
    range = start..<cursor.offset
  }

  var storedCount: Int { inner.storedCount }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: code == "IxM2" ? "IndexIDMap2" : "IndexIDMap", range: range, header: header)
    description.children = [inner.description]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    var inner = try inner.index(from: &source)
    try requirePlaces(inner, source)
    var names = try source.integers(ids, as: Int64.self)
    // Two maps, one around the other, find the same as one.
    if let map = inner as? IDMapIndex {
      names = map.ids.map { names[Int($0)] }
      inner = map.inner
    }
    do throws(IndexError) {
      return try IDMapIndex(stored: inner, ids: names, isReversible: code == "IxM2")
    } catch {
      throw IndexError(.unsupported, source.named(error).message)
    }
  }

  /// The ids of the index inside are places in the map; lists and maps can hold any number.
  private func requirePlaces(
    _ index: any VectorIndex, _ source: borrowing ByteSource
  ) throws(IndexError) {
    var wrong: Int64?
    switch index {
    case let index as TransformedIndex: return try requirePlaces(index.inner, source)
    case let index as IDMapIndex: wrong = index.ids.first { $0 < 0 || $0 >= ids.count }
    case let index as IVFIndex:
      for list in index.lists where wrong == nil {
        wrong = (0..<list.count).lazy.map { list.id(at: $0) }.first { $0 < 0 || $0 >= ids.count }
      }
    default: break
    }
    if let wrong {
      throw IndexError(
        .corruptFile,
        "\(source.name), byte \(range.lowerBound), record \(code): the index inside the id map"
          + " numbers a vector \(wrong); expected 0 ..< \(ids.count)")
    }
  }

  static func write(_ index: IDMapIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code(index.isReversible ? "IxM2" : "IxMp")
    try VicinalStorage.header(of: index).write(to: &sink)
    try writeIndex(index.inner, to: &sink)
    try sink.array(index.ids)
  }
}

extension IndexHeader {
  /// Requires that an index inside another says the same about its vectors.
  func require(
    like inner: any IndexRecord, _ cursor: borrowing ByteCursor, at place: Int
  ) throws(IndexError) {
    let other = inner.header
    guard dimension == other.dimension, count == other.count, metric == other.metric else {
      throw cursor.corrupt(
        "the index inside has \(other.count) vectors of dimension \(other.dimension) with metric"
          + " \(other.metric); expected \(count), \(dimension) and \(metric)", at: place)
    }
  }
}
