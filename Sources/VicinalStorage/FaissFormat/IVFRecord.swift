import VicinalCore
import VicinalIndexes

/// `IwFl`: header, list count, probes, coarse quantizer, direct map, lists. `IvFl` and `IvFL` of
/// old releases have the ids of the lists in the middle.
struct IVFRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  let listCount: Int
  let probes: Int
  let coarse: any IndexRecord
  let directMap: DirectMapRecord
  let lists: InvertedListsRecord
  let range: Range<Int>

  /// Lists of an index without cells: nothing in the file vouches for their number.
  private static let largestEmptyListCount = 1 << 20

  /// Vectors that were counted and put into no list: nothing vouches for those either.
  private static let largestUnlistedCount = 1 << 40

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    listCount = try cursor.count("the number of lists")
    probes = try cursor.count("nprobe")
    let place = cursor.offset
    coarse = try parseIndex(&cursor, depth: depth + 1, role: "coarse quantizer")
    try Self.check(coarse, for: header, listCount: listCount, cursor, at: place)
    var ids: [ArrayPlace] = []
    if code != "IwFl" {
      for list in 0..<listCount { ids.append(try cursor.array(of: 8, "the ids of list \(list)")) }
    }
    directMap = try DirectMapRecord(reading: &cursor, header: header)
    lists =
      code == "IwFl"
      ? try InvertedListsRecord(reading: &cursor, header: header, listCount: listCount)
      : try InvertedListsRecord(legacy: &cursor, header: header, ids: ids, code: code)
    range = start..<cursor.offset
    guard header.count - lists.count <= Self.largestUnlistedCount else {
      throw cursor.corrupt(
        "the header counts \(header.count) vectors, but the lists hold \(lists.count)",
        at: start + 8)
    }
    guard lists.count == 0 || coarse.storedCount > 0 else {
      throw cursor.corrupt("\(lists.count) vectors are stored, but there are no cells", at: start)
    }
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
        "a coarse quantizer can be a flat, IVF or HNSW index, the last also behind L2norm",
        at: place)
    }
  }

  var storedCount: Int { lists.count }

  var description: RecordDescription {
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

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    let coarse = try coarse.index(from: &source)
    let lists = try lists.lists(from: &source, dimension: header.dimension)
    let map = try directMap.map(from: &source, lists: lists)
    do throws(IndexError) {
      var index = try IVFIndex(
        dimension: header.dimension, metric: header.metric, coarse: coarse, lists: lists,
        count: self.lists.count, probes: probes, directMap: map,
        isAccelerated: source.options.isAccelerated, execution: source.options.execution)
      index.unlistedCount = max(0, header.count - index.count)
      return index
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: IVFIndex, to sink: inout ByteSink) throws(IndexError) {
    guard index.coarse.count > 0 || index.listCount <= largestEmptyListCount else {
      throw IndexError(
        .unsupported,
        "an inverted file that is not trained can be stored with at most \(largestEmptyListCount)"
          + " lists, not \(index.listCount)")
    }
    try sink.code("IwFl")
    try VicinalStorage.header(of: index).write(to: &sink)
    try sink.count(index.listCount)
    try sink.count(index.probes)
    try writeIndex(index.coarse, to: &sink)
    try DirectMapRecord.write(index.directMap, to: &sink)
    try InvertedListsRecord.write(index.lists, dimension: index.dimension, to: &sink)
  }
}

extension IndexRecord {
  /// Whether finding a cell by number is fast and gives a vector, as inverted files need it.
  fileprivate var isCellFinder: Bool {
    switch self {
    case is FlatRecord, is HNSWRecord, is IVFRecord: true
    case let record as TransformedRecord: record.inner is FlatRecord || record.inner is HNSWRecord
    default: false
    }
  }
}
