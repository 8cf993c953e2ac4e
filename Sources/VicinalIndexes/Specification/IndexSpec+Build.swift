import VicinalCompute
public import VicinalCore

extension IndexSpec {
  /// Makes the empty index.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, 1 … 2²⁰.
  ///   - metric: Any metric for flat indexes, L2 or inner product for the others.
  ///   - isAccelerated: Whether int8 companions are kept (see ``FlatIndex``).
  /// - Throws: ``IndexError/Code/invalidSpecification``, ``IndexError/Code/invalidArgument``,
  ///   ``IndexError/Code/unsupported`` for a metric that the index does not have.
  public func makeIndex(
    dimension: Int, metric: Metric, isAccelerated: Bool = true
  ) throws(IndexError) -> any VectorIndex {
    try validate()
    guard (1...Self.largestDimension).contains(dimension) else {
      throw IndexError(
        .invalidArgument, "a dimension must be 1…\(Self.largestDimension), got \(dimension)")
    }
    switch self {
    case .flat:
      return FlatIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated)
    case .hnsw(let links):
      return try HNSWIndex(
        dimension: dimension, metric: metric, links: links, isAccelerated: isAccelerated)
    case .ivf(let listCount, let coarse):
      var cells: (any VectorIndex)?
      if case .hnsw(let links) = coarse {
        cells = try HNSWIndex(
          dimension: dimension, metric: metric, links: links, isAccelerated: isAccelerated)
      }
      return try IVFIndex(
        dimension: dimension, metric: metric, listCount: listCount, coarse: cells,
        isAccelerated: isAccelerated)
    case .idMap(let inner, let isReversible):
      return try IDMapIndex(
        inner.makeIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated),
        isReversible: isReversible)
    case .normalized(let inner):
      return TransformedIndex(
        try inner.makeIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated))
    }
  }

  /// The largest dimension that files can state.
  public static let largestDimension = 1 << 20

  /// Bytes that an index of `count` vectors needs, exact up to a few hundred bytes for files and
  /// up to allocation granularity for memory.
  ///
  /// - Parameters:
  ///   - count: Vectors.
  ///   - dimension: Floats per vector.
  ///   - isAccelerated: Whether to count the int8 companions, which files do not hold.
  public func byteCount(count: Int, dimension: Int, isAccelerated: Bool) -> Double {
    let row = Double(dimension) * 4
    // A quarter byte more for the bounds that 32 rows share.
    let companion = isAccelerated ? Double(Int8Panels.bytesPerRow(dimension: dimension)) + 0.25 : 0
    let n = Double(count)
    switch self {
    case .flat:
      return n * (row + companion) + (isAccelerated ? 32 * companion + Self.listBytes * 8 : 0)
    case .hnsw(let links):
      let codes = isAccelerated ? Double(GraphCodes.bytesPerRow(dimension: dimension)) : 0
      return n * (row + codes + Self.graphBytes(links: links)) + Self.listBytes * 8
    case .ivf(let listCount, let coarse):
      let cells: IndexSpec =
        if case .hnsw(let links) = coarse { .hnsw(links: links) } else { .flat }
      let empty = cells.byteCount(
        count: listCount, dimension: dimension, isAccelerated: isAccelerated)
      // Companions come in panels of 32 rows: a list may leave all but one row of one empty.
      let padding = Double(listCount) * 31 * companion
      return n * (row + companion + 8) + padding + empty + Double(listCount) * Self.listBytes
    case .idMap(let inner, let isReversible):
      return inner.byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
        + n * (isReversible ? Self.placeBytes + 8 : 8) + 64
    case .normalized(let inner):
      return inner.byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
    }
  }

  /// What an entry of a hash table takes when the table has just grown.
  private static let placeBytes = 64.0

  /// What a list takes beside its vectors: its place in the index, and the heads of its arrays.
  private static let listBytes = 512.0

  /// Links of level 0, the expected links above, the level and the offset of one node.
  private static func graphBytes(links: Int) -> Double {
    // Upper levels are drawn at random; one part in a hundred covers their scatter.
    Double(2 * links) * 4 + Double(links) * 4.04 / Double(max(1, links - 1)) + 4.5 + 8
  }
}
