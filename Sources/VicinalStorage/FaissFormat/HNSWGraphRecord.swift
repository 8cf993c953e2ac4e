import VicinalCore
import VicinalIndexes

/// The links of an HNSW index as files hold them (section 4.8 of the format document).
struct HNSWGraphRecord: Sendable {
  let probabilities: ArrayPlace
  let cumulative: ArrayPlace
  let levels: ArrayPlace
  let offsets: ArrayPlace
  let neighbors: ArrayPlace
  let entryPoint: Int32
  let maxLevel: Int32
  let efConstruction: Int32
  let efSearch: Int32
  /// Links of a node on level 0.
  let widest: Int

  /// Slots of a node on one level that are believed; linking reserves memory for them.
  private static let largestWidth = 1 << 16

  /// An obsolete field that faiss fills with this.
  private static let upperBeam: Int32 = 1

  /// Reads the links of `count` nodes.
  init(reading cursor: inout ByteCursor, count: Int) throws(IndexError) {
    probabilities = try cursor.array(of: 8, "the level probabilities")
    cumulative = try cursor.array(of: 4, "the slots per level")
    widest = try Self.checkedWidth(cumulative, cursor)
    levels = try cursor.array(of: 4, "the levels")
    offsets = try cursor.array(of: 8, "the offsets")
    guard levels.count == count, offsets.count == count + 1 else {
      throw cursor.corrupt(
        "there are levels for \(levels.count) and \(offsets.count) offsets of \(count) vectors",
        at: levels.range.lowerBound)
    }
    neighbors = try cursor.array(of: 4, "the links")
    entryPoint = try cursor.integer(Int32.self, "the entry point")
    maxLevel = try cursor.integer(Int32.self, "the highest level")
    efConstruction = try cursor.integer(Int32.self, "efConstruction")
    efSearch = try cursor.integer(Int32.self, "efSearch")
    _ = try cursor.integer(Int32.self, "an unused field")
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

  /// The links; the index that takes them over checks them.
  func graph(from source: inout ByteSource) throws(IndexError) -> HNSWGraph {
    HNSWGraph(
      assignProbabilities: try source.doubles(probabilities),
      cumulative: try source.integers(cumulative, as: Int32.self),
      levels: try source.integers(levels, as: Int32.self),
      offsets: try source.integers(offsets, as: UInt64.self),
      neighbors: try source.integers(neighbors, as: Int32.self), entryPoint: entryPoint,
      maxLevel: maxLevel, efConstruction: efConstruction, efSearch: efSearch)
  }

  static func write(_ graph: HNSWGraph, to sink: inout ByteSink) throws(IndexError) {
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
  }
}
