import VicinalCoding
import VicinalCompute
public import VicinalCore

extension HNSWIndex: Reconstructible, MergeableIndex, SubsetCopying {
  /// The vector with an id, or what its code stands for.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return try coded?.row(Int(id)) ?? rows.row(Int(id))
  }

  /// Adds the vectors of `other`, linking them anew, and leaves `other` empty.
  public mutating func merge(
    from other: inout HNSWIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameKind(other)
    guard offset == 0 else {
      throw IndexError(
        .unsupported, "an HNSW index numbers its vectors itself; idOffset must be 0, got \(offset)")
    }
    try append(other, where: { _ in true })
    other.removeAll()
  }

  /// Adds the selected vectors to `target`, where they get new ids and links.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout HNSWIndex
  ) throws(IndexError) {
    try target.requireSameKind(self)
    let isSelected = try selection.rows(of: count) { Int64($0) }
    try target.append(self, where: isSelected)
  }

  func requireSameKind(_ other: HNSWIndex) throws(IndexError) {
    guard other.dimension == dimension, other.metric == metric else {
      throw IndexError(
        .invalidArgument,
        "both indexes need dimension \(dimension) and metric \(metric); the other has"
          + " \(other.dimension) and \(other.metric)")
    }
    guard sameCodec(coded?.codec, other.coded?.codec) else {
      throw IndexError(
        .invalidArgument,
        "both indexes need the same codec, trained once; train one and copy it before adding")
    }
  }

  /// One call for all rows, so that the graph does not depend on how they are stored.
  mutating func append(
    _ other: HNSWIndex, where isTaken: (Int) -> Bool
  ) throws(IndexError) {
    if let source = other.coded {
      var taken: [UInt8] = []
      var added = 0
      for row in 0..<other.count where isTaken(row) {
        source.codes.appendCode(row, to: &taken)
        added += 1
      }
      coded?.codes.append(taken.span.rawBytes, count: added)
      return try linkStaged(Execution())
    }
    var values: [Float] = []
    for row in 0..<other.count where isTaken(row) { other.rows.appendRow(row, to: &values) }
    try add(VectorBatch(values.span, dimension: dimension), execution: Execution())
  }

  /// Forgets all vectors, and nothing else.
  mutating func removeAll() {
    rows = RowChunks(dimension: dimension, metric: metric, isAccelerated: false)
    let empty = HNSWGraph(links: links)
    graph.levels = empty.levels
    graph.offsets = empty.offsets
    graph.neighbors = empty.neighbors
    graph.entryPoint = empty.entryPoint
    graph.maxLevel = empty.maxLevel
    codes = nil
    coded?.codes.removeAll()
    centredCount = 0
  }
}
