import VicinalCore
import VicinalIndexes

/// `IHNf`: header, links, then the vectors as a flat index.
struct HNSWRecord: IndexRecord {
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
  let storage: FlatRecord
  /// Links of a node on level 0.
  let widest: Int
  let range: Range<Int>

  /// Slots of a node on one level that are believed; linking reserves memory for them.
  private static let largestWidth = 1 << 16

  /// An obsolete field that faiss fills with this.
  private static let upperBeam: Int32 = 1

  init(reading cursor: inout ByteCursor, start: Int, depth: Int) throws(IndexError) {
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
    storage = try Self.storage(&cursor, header, depth: depth)
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
    _ cursor: inout ByteCursor, _ header: IndexHeader, depth: Int
  ) throws(IndexError) -> FlatRecord {
    let place = cursor.offset
    guard cursor.remaining < 4 || cursor.peekedCode != "null" else {
      throw cursor.failure(
        .unsupported,
        "the graph was written without its vectors (null storage); write it again with them",
        at: place)
    }
    let record = try parseIndex(&cursor, depth: depth + 1, role: "storage of the graph")
    guard let flat = record as? FlatRecord else {
      throw cursor.failure(
        .unsupported, "the vectors of an IndexHNSWFlat must be in a flat index", at: place)
    }
    guard flat.header.dimension == header.dimension, flat.header.count == header.count,
      flat.header.metric == header.metric
    else {
      throw cursor.corrupt(
        "the graph has \(header.count) nodes, dimension \(header.dimension) and metric"
          + " \(header.metric); its vectors are \(flat.header.count) of dimension"
          + " \(flat.header.dimension) with metric \(flat.header.metric)", at: place)
    }
    return flat
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      "IHNf", className: "IndexHNSWFlat", range: range, header: header)
    description.links = widest / 2
    description.levelCount = Int(maxLevel) + 1
    description.efConstruction = Int(efConstruction)
    description.efSearch = Int(efSearch)
    description.children = [storage.description.inRole("vectors")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    let rows = try storage.rows(from: &source, isAccelerated: false)
    let graph = HNSWGraph(
      assignProbabilities: try source.doubles(probabilities),
      cumulative: try source.integers(cumulative, as: Int32.self),
      levels: try source.integers(levels, as: Int32.self),
      offsets: try source.integers(offsets, as: UInt64.self),
      neighbors: try source.integers(neighbors, as: Int32.self), entryPoint: entryPoint,
      maxLevel: maxLevel, efConstruction: efConstruction, efSearch: efSearch)
    do throws(IndexError) {
      return try HNSWIndex(
        rows: rows, graph: graph, isAccelerated: source.options.isAccelerated,
        execution: source.options.execution)
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: HNSWIndex, to sink: inout ByteSink) throws(IndexError) {
    let graph = index.graph
    try sink.code("IHNf")
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
    try FlatRecord.write(index.rows, to: &sink)
  }
}

extension ByteCursor {
  /// The four characters to come, of which there must be four.
  fileprivate var peekedCode: RecordCode {
    RecordCode(rawValue: UInt32(littleEndian: bytes.loadUnaligned(offset, as: UInt32.self)))
  }
}
