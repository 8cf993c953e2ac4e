import VicinalCompute
public import VicinalCore

/// Keeps binary vectors in an index over floats: bit 1 is +1, bit 0 is −1, so that the squared L2
/// distance is four times the Hamming distance.
///
/// Of use where an index over floats has what binary ones lack, at 32 times the memory.
///
/// The corresponding faiss type is `IndexBinaryFromFloat`.
public struct BinaryFromFloatIndex: BinaryIndex {
  /// The index over floats.
  public internal(set) var inner: any VectorIndex

  /// Wraps an index, empty or holding vectors of ±1.
  ///
  /// - Parameter inner: An index by L2 whose dimension is a multiple of 8.
  /// - Throws: ``IndexError/Code/invalidArgument`` for other dimensions,
  ///   ``IndexError/Code/unsupported`` for other metrics.
  public init(_ inner: any VectorIndex) throws(IndexError) {
    try BinaryBatch.validate(dimension: inner.dimension)
    guard inner.metric == .l2 else {
      throw IndexError(
        .unsupported,
        "binary vectors are kept in an index by L2, not by \(inner.metric)")
    }
    self.inner = inner
  }

  /// Bits per vector.
  public var dimension: Int { inner.dimension }

  /// Vectors held.
  public var count: Int { inner.count }

  /// Whether vectors can be added.
  public var isTrained: Bool { inner.isTrained }

  /// Bytes of memory held.
  public var byteCount: Int { inner.byteCount }

  /// Floats made at a time.
  private static let pieceFloats = 1 << 22

  /// Trains the inner index.
  public mutating func train(
    on sample: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    let floats = signs(of: sample)
    try inner.train(on: VectorBatch(floats.span, dimension: dimension), execution: execution)
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    let floats = signs(of: vectors)
    try inner.add(VectorBatch(floats.span, dimension: dimension), execution: execution)
  }

  /// Finds the `k` nearest vectors of each query, as well as the inner index does.
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    var found = Neighbors(empty: 0, k: k, metric: .l2)
    for piece in pieces(queries.count) {
      let floats = signs(of: queries.rows(piece))
      found.append(
        try inner.search(
          VectorBatch(floats.span, dimension: dimension), k: k, options: options))
    }
    found.distances = found.distances.map(Self.hamming)
    found.orderTies(metric: .l2)
    return found
  }

  private func pieces(_ count: Int) -> [Range<Int>] {
    let rows = max(1, Self.pieceFloats / dimension)
    return evenRanges(count, parts: (count + rows - 1) / rows)
  }

  private func signs(of batch: borrowing BinaryBatch) -> [Float] {
    var floats: [Float] = []
    floats.reserveCapacity(batch.count * dimension)
    for row in 0..<batch.count { appendSigns(of: batch.row(row), to: &floats) }
    return floats
  }

  private static func hamming(_ squared: Float) -> Float { (squared / 4).rounded() }
}

extension BinaryFromFloatIndex: BinaryRangeSearchable, BinaryReconstructible {
  /// Finds every vector within the radius, as well as the inner index does.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index has no range search.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    guard let searchable = inner as? any RangeSearchable else {
      throw IndexError(.unsupported, "the index over floats has no range search")
    }
    // Half way between distances that occur, so that rounding cannot move one across.
    let limit = 4 * Float(clampedRadius(radius)) - 2
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for piece in pieces(queries.count) {
      let floats = signs(of: queries.rows(piece))
      found.append(
        try searchable.rangeSearch(
          VectorBatch(floats.span, dimension: dimension), radius: limit, options: options))
    }
    found.distances = found.distances.map(Self.hamming)
    found.orderTies()
    return found
  }

  /// The vector with an id, rounded to bits.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    guard let source = inner as? any Reconstructible else {
      throw IndexError(.unsupported, "the index over floats cannot give vectors back")
    }
    return signBits(of: try source.reconstruct(id))
  }
}
