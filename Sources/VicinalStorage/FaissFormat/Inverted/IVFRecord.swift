import VicinalCore
import VicinalIndexes

/// `IwFl`: the fields of all inverted files, then lists of floats, `IwP2`, with lists of floats in
/// levels, and `IwFd`, with equal vectors once; `IvFl`, `IvFL` and `IwPn` of old releases.
struct IVFRecord: IndexRecord {
  let fields: IVFFields
  let panorama: PanoramaLayout?
  let duplicates: DuplicatesRecord?
  let lists: InvertedListsRecord
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    fields = try IVFFields(reading: &cursor, code: code, depth: depth)
    let dimension = fields.header.dimension
    switch code {
    case "IwP2": panorama = try PanoramaLayout(reading: &cursor, dimension: dimension)
    case "IwPn":
      panorama = try PanoramaLayout(
        reading: &cursor, dimension: dimension, batch: PanoramaLayout.oldBatch)
    default: panorama = nil
    }
    guard code != "IwFd" || fields.directMap.kind == .none else {
      throw cursor.failure(
        .unsupported, "an inverted file without duplicates is read without a direct map only")
    }
    duplicates =
      code == "IwFd" ? try DuplicatesRecord(reading: &cursor, header: fields.header) : nil
    lists = try InvertedListsRecord(
      reading: &cursor, fields, codeSize: dimension * 4, panorama: panorama,
      legacyUnit: code == "IvFl" ? 4 : 1)
    range = start..<cursor.offset
    try fields.require(lists, cursor)
  }

  var header: IndexHeader { fields.header }
  var storedCount: Int { lists.count + (duplicates?.count ?? 0) }
  var description: RecordDescription { fields.description(range, lists) }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    let coarse = try fields.coarse.index(from: &source)
    var lists = try lists.lists(from: &source, dimension: header.dimension)
    try duplicates?.add(to: &lists, from: &source)
    let map = try fields.directMap.map(from: &source, lists: lists)
    do throws(IndexError) {
      var index = try IVFIndex(
        dimension: header.dimension, metric: header.metric, coarse: coarse, lists: lists,
        count: storedCount, probes: fields.probes, directMap: map,
        isAccelerated: source.options.isAccelerated, execution: source.options.execution)
      index.unlistedCount = max(0, header.count - index.count)
      try index.setPanorama(panorama)
      index.isDeduplicated = duplicates != nil
      index.givePagesBack(source.pages)
      return index
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: IVFIndex, to sink: inout ByteSink) throws(IndexError) {
    if let panorama = index.panorama {
      try IVFFields.write(index, code: "IwP2", to: &sink)
      try sink.count(panorama.levels)
      try sink.count(panorama.batchVectors)
      return try InvertedListsRecord.write(
        index.lists, panorama, dimension: index.dimension, to: &sink)
    }
    if index.isDeduplicated {
      guard index.directMap.kind == .none else {
        throw IndexError(
          .unsupported,
          "an inverted file that is stored without duplicates cannot have a direct map")
      }
      let (lists, pairs) = DuplicatesRecord.split(index.lists)
      try IVFFields.write(index, code: "IwFd", to: &sink)
      try sink.array(pairs)
      return try InvertedListsRecord.write(lists, codeSize: index.dimension * 4, to: &sink)
    }
    try IVFFields.write(index, code: "IwFl", to: &sink)
    try InvertedListsRecord.write(index.lists, codeSize: index.dimension * 4, to: &sink)
  }
}
