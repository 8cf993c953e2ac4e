import VicinalCore
import VicinalIndexes

/// What the records of all inverted files begin with: header, list count, probes, coarse quantizer,
/// direct map. In old releases the ids of the lists stand in the middle.
struct IVFFields: Sendable {
  let code: RecordCode
  let header: IndexHeader
  let listCount: Int
  let probes: Int
  let coarse: any IndexRecord
  /// Of old releases, one per list.
  let legacyIDs: [ArrayPlace]
  let directMap: DirectMapRecord

  /// Lists of an index without cells: nothing in the file vouches for their number.
  private static let largestEmptyListCount = 1 << 20

  /// Vectors that were counted and put into no list: nothing vouches for those either.
  private static let largestUnlistedCount = 1 << 40

  /// Whether the ids of the lists stand before the direct map.
  var isLegacy: Bool { "\(code)".hasPrefix("Iv") }

  init(reading cursor: inout ByteCursor, code: RecordCode, depth: Int) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    listCount = try cursor.count("the number of lists")
    probes = try cursor.count("nprobe")
    let place = cursor.offset
    coarse = try parseIndex(&cursor, depth: depth + 1, role: "coarse quantizer")
    try Self.check(coarse, for: header, listCount: listCount, cursor, at: place)
    var ids: [ArrayPlace] = []
    if "\(code)".hasPrefix("Iv") {
      for list in 0..<listCount { ids.append(try cursor.array(of: 8, "the ids of list \(list)")) }
    }
    legacyIDs = ids
    directMap = try DirectMapRecord(reading: &cursor, header: header)
  }

  /// The quantizer must have one vector per list, or none before training: that also bounds the
  /// number of lists by the size of the file.
  private static func check(
    _ coarse: any IndexRecord, for header: IndexHeader, listCount: Int,
    _ cursor: borrowing ByteCursor, at place: Int
  ) throws(IndexError) {
    guard header.metric == .l2 || header.metric == .innerProduct else {
      throw cursor.failure(
        .unsupported,
        "inverted files are read with metric L2 or inner product, not \(header.metric)", at: place)
    }
    guard coarse.header.dimension == header.dimension else {
      throw cursor.corrupt(
        "the coarse quantizer has dimension \(coarse.header.dimension), the index"
          + " \(header.dimension)", at: place)
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
    guard coarse.isCellFinder else {
      throw cursor.failure(
        .unsupported,
        "a coarse quantizer can be a flat index of vectors or codes, an IVF, HNSW or multi-index, or"
          + " a refined or transformed one of these",
        at: place)
    }
  }

  /// The cells of a multi-index are not in the file: many lists must hold something.
  func require(_ lists: InvertedListsRecord, _ cursor: borrowing ByteCursor) throws(IndexError) {
    guard lists.count == 0 || coarse.storedCount > 0 else {
      throw cursor.corrupt("\(lists.count) vectors are stored, but there are no cells")
    }
    // Such a map has a place for each vector; a smaller one could not be written again.
    guard directMap.kind != .array || header.count >= lists.count else {
      throw cursor.corrupt(
        "the direct map locates \(header.count) vectors, but the lists hold \(lists.count)")
    }
    guard header.count - lists.count <= Self.largestUnlistedCount else {
      throw cursor.corrupt(
        "the header counts \(header.count) vectors, but the lists hold \(lists.count)")
    }
    guard
      !(coarse is MultiIndexRecord || coarse is ResidualCoarseRecord)
        || listCount <= Self.largestEmptyListCount
        || lists.count >= listCount / 64
    else {
      throw cursor.corrupt(
        "there are \(listCount) lists for \(lists.count) vectors; so many are only believed if"
          + " they hold something")
    }
  }

  func description(_ range: Range<Int>, _ lists: InvertedListsRecord) -> RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range, header: header)
    description.listCount = listCount
    description.probes = probes
    description.directMap = "\(directMap.kind)"
    description.children = [
      coarse.description.inRole("coarse quantizer"), lists.description,
    ]
    return description
  }

  static func write(
    _ index: IVFIndex, code: RecordCode, isTrained: Bool? = nil, to sink: inout ByteSink
  ) throws(IndexError) {
    guard index.coarse.count > 0 || index.listCount <= largestEmptyListCount else {
      throw IndexError(
        .unsupported,
        "an inverted file that is not trained can be stored with at most \(largestEmptyListCount)"
          + " lists, not \(index.listCount)")
    }
    try sink.code(code)
    var header = VicinalStorage.header(of: index)
    header.isTrained = isTrained ?? header.isTrained
    try header.write(to: &sink)
    try sink.count(index.listCount)
    try sink.count(index.probes)
    try writeIndex(index.coarse, to: &sink)
    try DirectMapRecord.write(index.directMap, to: &sink)
  }
}

extension IndexRecord {
  /// Whether finding a cell by number is fast and gives a vector, as inverted files need it.
  fileprivate var isCellFinder: Bool {
    switch self {
    case is any FloatRowsRecord, is HNSWRecord, is IVFRecord, is CodedRecord, is CodedIVFRecord,
      is MultiIndexRecord, is ResidualCoarseRecord:
      true
    case let record as TransformedRecord:
      record.inner.isCellFinder
        && !(record.inner is MultiIndexRecord || record.inner is ResidualCoarseRecord)
    case let record as RefinedRecord: record.base.isCellFinder
    default: false
    }
  }
}
