import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `IBwF`: header, list count, probes, coarse quantizer, direct map, lists.
struct BinaryIVFRecord: BinaryRecord {
  let header: BinaryHeader
  let listCount: Int
  let probes: Int
  let coarse: any BinaryRecord
  let directMap: DirectMapRecord
  let lists: InvertedListsRecord
  let range: Range<Int>

  /// Lists of an index without cells: nothing in the file vouches for their number.
  private static let largestEmptyListCount = 1 << 20

  init(reading cursor: inout ByteCursor, start: Int, depth: Int) throws(IndexError) {
    header = try BinaryHeader(reading: &cursor)
    listCount = try cursor.count("the number of lists")
    probes = try cursor.count("nprobe")
    let place = cursor.offset
    coarse = try parseBinaryIndex(&cursor, depth: depth + 1, role: "coarse quantizer")
    try Self.check(coarse, for: header, listCount: listCount, cursor, at: place)
    directMap = try DirectMapRecord(reading: &cursor, header: header.asFloatHeader)
    lists = try InvertedListsRecord(
      reading: &cursor, header: header.asFloatHeader, listCount: listCount,
      codeSize: header.codeSize, layout: .rows)
    range = start..<cursor.offset
    guard lists.count == header.count else {
      throw cursor.corrupt(
        "the lists hold \(lists.count) vectors, the header says \(header.count)", at: start)
    }
    guard lists.count == 0 || coarse.storedCount > 0 else {
      throw cursor.corrupt("\(lists.count) vectors are stored, but there are no cells", at: start)
    }
  }

  /// The quantizer must have one vector per list, or none before training: that also bounds the
  /// number of lists by the size of the file.
  private static func check(
    _ coarse: any BinaryRecord, for header: BinaryHeader, listCount: Int,
    _ cursor: borrowing ByteCursor, at place: Int
  ) throws(IndexError) {
    guard coarse.header.dimension == header.dimension else {
      throw cursor.corrupt(
        "the coarse quantizer has \(coarse.header.dimension) bits, the index"
          + " \(header.dimension)", at: place)
    }
    guard coarse is BinaryFlatRecord || coarse is BinaryHNSWRecord else {
      throw cursor.failure(
        .unsupported, "a binary coarse quantizer can be a flat or an HNSW index", at: place)
    }
    let count = coarse.storedCount
    guard listCount >= 1, count == listCount || (count == 0 && !header.isTrained) else {
      throw cursor.corrupt(
        "the coarse quantizer has \(count) vectors for \(listCount) lists", at: place)
    }
    guard count > 0 || listCount <= largestEmptyListCount else {
      throw cursor.corrupt(
        "an index that is not trained has \(listCount) lists; at most \(largestEmptyListCount) are"
          + " believed", at: place)
    }
  }

  var storedCount: Int { lists.count }

  var description: RecordDescription {
    var description = RecordDescription("IBwF", range: range, header: header)
    description.listCount = listCount
    description.probes = probes
    description.directMap = "\(directMap.kind)"
    description.children = [
      coarse.description.inRole("coarse quantizer"), lists.description,
    ]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    let coarse = try coarse.index(from: &source)
    var content = Array(repeating: BinaryList(), count: listCount)
    try lists.withContent(of: &source) { source throws(IndexError) in
      for place in lists.places {
        content[place.list] = BinaryList(
          codes: try source.storage(place.rows), ids: try source.storage(place.ids))
      }
    }
    let map = try directMap.map(from: &source, listSizes: content.map(\.count))
    do throws(IndexError) {
      return try BinaryIVFIndex(
        dimension: header.dimension, coarse: coarse, lists: content, probes: probes,
        directMap: map)
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: BinaryIVFIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IBwF")
    try BinaryHeader(of: index).write(to: &sink)
    try sink.count(index.listCount)
    try sink.count(index.probes)
    try writeBinaryIndex(index.coarse, to: &sink)
    try DirectMapRecord.write(index.directMap, to: &sink)
    let lists = index.lists
    try InvertedListsRecord.writeHead(
      sizes: lists.map(\.count), codeSize: index.codeSize, to: &sink)
    for list in lists where list.count > 0 {
      try sink.write(list.codes.bytes)
      try sink.write(list.ids.bytes)
    }
  }
}
