import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `IHNf`, `IHNp`, `IHNs`, `IHNr`, `IH00`: header, links, then the vectors or codes as a flat
/// index.
struct HNSWRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  let probabilities: ArrayPlace
  let cumulative: ArrayPlace
  let levels: ArrayPlace
  let offsets: ArrayPlace
  let neighbors: ArrayPlace
  let entryPoint: Int32
  let maxLevel: Int32
  let efConstruction: Int32
  let efSearch: Int32
  let storage: any IndexRecord
  /// Links of a node on level 0.
  let widest: Int
  let range: Range<Int>

  /// Slots of a node on one level that are believed; linking reserves memory for them.
  private static let largestWidth = 1 << 16

  /// An obsolete field that faiss fills with this.
  private static let upperBeam: Int32 = 1

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    guard header.metric == .l2 || header.metric == .innerProduct else {
      throw cursor.failure(
        .unsupported, "HNSW indexes are read with metric L2 or inner product, not \(header.metric)")
    }
    probabilities = try cursor.array(of: 8, "the level probabilities")
    cumulative = try cursor.array(of: 4, "the slots per level")
    widest = try Self.checkedWidth(cumulative, cursor)
    levels = try cursor.array(of: 4, "the levels")
    offsets = try cursor.array(of: 8, "the offsets")
    guard levels.count == header.count, offsets.count == header.count + 1 else {
      throw cursor.corrupt(
        "there are levels for \(levels.count) and \(offsets.count) offsets of \(header.count)"
          + " vectors", at: levels.range.lowerBound)
    }
    neighbors = try cursor.array(of: 4, "the links")
    entryPoint = try cursor.integer(Int32.self, "the entry point")
    maxLevel = try cursor.integer(Int32.self, "the highest level")
    efConstruction = try cursor.integer(Int32.self, "efConstruction")
    efSearch = try cursor.integer(Int32.self, "efSearch")
    _ = try cursor.integer(Int32.self, "an unused field")
    storage = try Self.storage(&cursor, code, header, depth: depth)
    // Whether searches compare all bits of a code after its signs; ours always do.
    if code == "IHNr" { _ = try cursor.bool("staged") }
    range = start..<cursor.offset
  }

  private static func checkedWidth(
    _ place: ArrayPlace, _ cursor: borrowing ByteCursor
  ) throws(IndexError) -> Int {
    let slots = cursor.bytes.numbers(in: place.range, as: Int32.self)
    var widest = 0
    for (low, high) in zip(slots, slots.dropFirst()) {
      guard low >= 0, high >= low, Int(high) - Int(low) <= largestWidth else {
        throw cursor.corrupt(
          "a level should have slots \(low) ..< \(high); at most \(largestWidth) are believed",
          at: place.range.lowerBound)
      }
      widest = max(widest, Int(high) - Int(low))
    }
    return widest
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
    guard code != "IHNf" || record is FlatRecord else {
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

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "IndexHNSW", range: range,
      header: header)
    description.links = widest / 2
    description.levelCount = Int(maxLevel) + 1
    description.efConstruction = Int(efConstruction)
    description.efSearch = Int(efSearch)
    description.children = [storage.description.inRole("vectors")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    // Floats get codes for walks, not companions for scans.
    let rows = try (storage as? FlatRecord)?.rows(from: &source, isAccelerated: false)
    let coded = rows == nil ? try storage.index(from: &source) as? CodedIndex : nil
    let graph = HNSWGraph(
      assignProbabilities: try source.doubles(probabilities),
      cumulative: try source.integers(cumulative, as: Int32.self),
      levels: try source.integers(levels, as: Int32.self),
      offsets: try source.integers(offsets, as: UInt64.self),
      neighbors: try source.integers(neighbors, as: Int32.self), entryPoint: entryPoint,
      maxLevel: maxLevel, efConstruction: efConstruction, efSearch: efSearch)
    do throws(IndexError) {
      if let rows {
        var index = try HNSWIndex(
          rows: rows, graph: graph, isAccelerated: source.options.isAccelerated,
          execution: source.options.execution)
        index.isStoredAsBase = code == "IH00"
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
    let graph = index.graph
    try sink.code(code(of: index))
    try VicinalStorage.header(of: index).write(to: &sink)
    try sink.array(graph.assignProbabilities)
    try sink.array(graph.cumulative)
    try sink.array(graph.levels)
    try sink.array(graph.offsets)
    try sink.array(graph.neighbors)
    // Readers refuse beams below 1.
    for value in [
      graph.entryPoint, graph.maxLevel, max(1, graph.efConstruction), max(1, graph.efSearch),
      upperBeam,
    ] {
      try sink.integer(value)
    }
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
