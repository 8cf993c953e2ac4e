import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalIndexes

/// `IHNf`, `IHNp`, `IHNs`, `IHNr`, `IH00`, `IHfP`: header, links, then the vectors or codes as a flat
/// index.
struct HNSWRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  /// Levels of the lengths that stand before the links of `IHfP`.
  let panoramaLevels: Int?
  let links: HNSWGraphRecord
  let storage: any IndexRecord
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    guard header.metric == .l2 || header.metric == .innerProduct else {
      throw cursor.failure(
        .unsupported, "HNSW indexes are read with metric L2 or inner product, not \(header.metric)")
    }
    panoramaLevels = code == "IHfP" ? try Self.panoramaLevels(&cursor, header) : nil
    links = try HNSWGraphRecord(reading: &cursor, count: header.count)
    storage = try Self.storage(&cursor, code, header, depth: depth)
    // Whether searches compare all bits of a code after its signs; ours always do.
    if code == "IHNr" { _ = try cursor.bool("staged") }
    range = start..<cursor.offset
  }

  private static func storage(
    _ cursor: inout ByteCursor, _ code: RecordCode, _ header: IndexHeader, depth: Int
  ) throws(IndexError) -> any IndexRecord {
    let place = cursor.offset
    guard cursor.remaining < 4 || cursor.peekedCode != "null" else {
      throw cursor.failure(
        .unsupported,
        "the graph was written without its vectors (null storage); write it again with them",
        at: place)
    }
    let record = try parseIndex(&cursor, depth: depth + 1, role: "storage of the graph")
    guard !(code == "IHNf" || code == "IHfP") || record is FlatRecord else {
      throw cursor.failure(
        .unsupported, "the vectors of an IndexHNSWFlat must be in a flat index", at: place)
    }
    guard code != "IHNr" || (record as? CodedRecord)?.codec.raBitQ != nil else {
      throw cursor.failure(
        .unsupported, "the codes of an IndexHNSWRaBitQ must be of RaBitQ", at: place)
    }
    let inner = record.header
    guard inner.dimension == header.dimension, inner.count == header.count,
      inner.metric == header.metric
    else {
      throw cursor.corrupt(
        "the graph has \(header.count) nodes, dimension \(header.dimension) and metric"
          + " \(header.metric); its vectors are \(inner.count) of dimension"
          + " \(inner.dimension) with metric \(inner.metric)", at: place)
    }
    return record
  }

  /// Reads levels and lengths; the lengths are not needed.
  private static func panoramaLevels(
    _ cursor: inout ByteCursor, _ header: IndexHeader
  ) throws(IndexError) -> Int {
    let layout = try PanoramaLayout(reading: &cursor, dimension: header.dimension, batch: 1)
    let place = cursor.offset
    let lengths = try cursor.array(of: 4, "the lengths")
    let lines = layout.filledLevels(dimension: header.dimension) + 1
    let (expected, overflow) = header.count.multipliedReportingOverflow(by: lines)
    guard !overflow, lengths.count == expected else {
      throw cursor.corrupt(
        "\(header.count) vectors have \(lines) lengths each, but there are \(lengths.count)",
        at: place)
    }
    return layout.levels
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "IndexHNSW", range: range,
      header: header)
    description.links = links.widest / 2
    description.levelCount = Int(links.maxLevel) + 1
    description.efConstruction = Int(links.efConstruction)
    description.efSearch = Int(links.efSearch)
    description.children = [storage.description.inRole("vectors")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    // Floats get codes for walks, not companions for scans.
    let rows = try (storage as? FlatRecord)?.rows(from: &source, isAccelerated: false)
    var coded: CodedIndex?
    if let record = storage as? CodedRecord {
      coded = try record.codedIndex(from: &source, isWhole: true)
    } else if rows == nil {
      coded = try storage.index(from: &source) as? CodedIndex
    }
    let graph = try links.graph(from: &source)
    do throws(IndexError) {
      if let rows {
        var index = try HNSWIndex(
          rows: rows, graph: graph, isAccelerated: source.options.isAccelerated,
          execution: source.options.execution)
        index.isStoredAsBase = code == "IH00"
        try index.setPanoramaLevels(panoramaLevels)
        return index
      }
      guard let coded else {
        throw IndexError(
          .unsupported, "a graph needs a flat index of vectors or codes as its storage")
      }
      var index = try HNSWIndex(
        codec: coded.codec, codes: coded.wholeBlock(), metric: header.metric, graph: graph)
      index.isStoredAsBase = code == "IH00"
      return index
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: HNSWIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code(code(of: index))
    try VicinalStorage.header(of: index).write(to: &sink)
    if code(of: index) == "IHfP", let levels = index.panoramaLevels {
      let layout = PanoramaLayout(levels: levels, batchVectors: 1)
      let rows = PanoramaRows(layout: layout, dimension: index.dimension)
      try sink.count(levels)
      try sink.count(index.count * (layout.filledLevels(dimension: index.dimension) + 1))
      try rows.writeLengths(count: index.count, to: &sink) { index.rows.appendRow($0, to: &$1) }
    }
    try HNSWGraphRecord.write(index.graph, to: &sink)
    if let coded = index.coded {
      var storage = CodedIndex(codec: coded.codec, metric: index.metric, block: coded.codes)
      storage.scanOptions = coded.scanOptions
      try writeIndex(storage, to: &sink)
    } else {
      try FlatRecord.write(index.rows, to: &sink)
    }
    if code(of: index) == "IHNr", let signs = index.coded?.codec as? RaBitQuantizer {
      // As faiss sets it: whether there are more bits than the signs.
      try sink.bool(signs.bits > 1)
    }
  }

  /// faiss has a class of its own for the commonest codecs.
  private static func code(of index: HNSWIndex) -> RecordCode {
    guard !index.isStoredAsBase else { return "IH00" }
    if index.coded == nil, index.panoramaLevels != nil { return "IHfP" }
    return switch index.coded?.codec {
    case nil: "IHNf"
    case is ProductQuantizer: "IHNp"
    case is ScalarQuantizer: "IHNs"
    // faiss refuses this class with inner product.
    case is RaBitQuantizer where index.metric == .l2: "IHNr"
    default: "IH00"
    }
  }
}

extension ByteCursor {
  /// The four characters to come, of which there must be four.
  fileprivate var peekedCode: RecordCode {
    RecordCode(rawValue: UInt32(littleEndian: bytes.loadUnaligned(offset, as: UInt32.self)))
  }
}
