import VicinalCore
import VicinalIndexes

/// `IBHf`: header, links, then the vectors as a flat index. `IBHc` has three fields of CAGRA behind
/// the header.
struct BinaryHNSWRecord: BinaryRecord {
  let code: RecordCode
  let header: BinaryHeader
  let cagra: BinaryHNSWIndex.CagraSettings?
  let graph: HNSWGraphRecord
  let storage: BinaryFlatRecord
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try BinaryHeader(reading: &cursor)
    if code == "IBHc" {
      cagra = BinaryHNSWIndex.CagraSettings(
        keepsMaxSizeLevel0: try cursor.bool("keep_max_size_level0"),
        isBaseLevelOnly: try cursor.bool("base_level_only"),
        entryCount: try cursor.integer(Int32.self, "the number of entry points"))
    } else {
      cagra = nil
    }
    graph = try HNSWGraphRecord(reading: &cursor, count: header.count)
    storage = try BinaryFlatRecord.storage(
      &cursor, of: header, depth: depth, role: "storage of the graph")
    range = start..<cursor.offset
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(code, range: range, header: header)
    description.links = graph.widest / 2
    description.levelCount = Int(graph.maxLevel) + 1
    description.efConstruction = Int(graph.efConstruction)
    description.efSearch = Int(graph.efSearch)
    description.children = [storage.description.inRole("vectors")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    let rows = try storage.rows(from: &source)
    let graph = try graph.graph(from: &source)
    do throws(IndexError) {
      return try BinaryHNSWIndex(rows: rows, graph: graph, cagra: cagra)
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: BinaryHNSWIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code(index.cagra == nil ? "IBHf" : "IBHc")
    try BinaryHeader(of: index).write(to: &sink)
    if let cagra = index.cagra {
      try sink.bool(cagra.keepsMaxSizeLevel0)
      try sink.bool(cagra.isBaseLevelOnly)
      try sink.integer(cagra.entryCount)
    }
    try HNSWGraphRecord.write(index.graph, to: &sink)
    try BinaryFlatRecord.write(index.rows, to: &sink)
  }
}
