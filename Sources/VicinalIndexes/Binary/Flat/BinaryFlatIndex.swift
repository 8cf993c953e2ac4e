import VicinalCompute
public import VicinalCore

/// Exact search over binary vectors: each query is compared with every vector.
///
/// ```swift
/// var index = try BinaryFlatIndex(dimension: 256)
/// try index.add(BinaryBatch(bytes.span.bytes, dimension: 256))
/// let found = try index.search(queries, k: 10)
/// ```
///
/// The corresponding faiss type is `IndexBinaryFlat`.
public struct BinaryFlatIndex: BinaryIndex {
  /// The vectors; number i is id i.
  package internal(set) var rows: BinaryRows

  /// An empty index.
  ///
  /// - Parameter dimension: Bits per vector, a multiple of 8.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(dimension: Int) throws(IndexError) {
    try BinaryBatch.validate(dimension: dimension)
    rows = BinaryRows(codeSize: dimension / 8)
  }

  /// Takes over vectors.
  package init(rows: BinaryRows) { self.rows = rows }

  /// Bits per vector.
  public var dimension: Int { rows.codeSize * 8 }

  /// Vectors held.
  public var count: Int { rows.count }

  /// Always true: there is nothing to learn.
  public var isTrained: Bool { true }

  /// Bytes of memory held.
  public var byteCount: Int { rows.byteCount }

  /// Checks the vectors and returns.
  public mutating func train(
    on sample: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    try execution.checkCancellation()
    rows.append(vectors.bytes)
  }

  /// Gives back memory that growing left unused.
  public mutating func trim() { rows.trim() }
}

extension BinaryFlatIndex: BinaryReconstructible, BinaryRemovable, BinaryMergeable {
  /// The vector with an id.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return rows.row(Int(id))
  }

  /// Removes every vector whose id the filter contains; the ids after it move up.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    rows.filterRows { !filter.contains(Int64($0)) }
    return before - count
  }

  /// Moves the vectors of `other` behind those of this index.
  public mutating func merge(
    from other: inout BinaryFlatIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameDimension(other)
    guard offset == 0 else {
      throw IndexError(
        .unsupported, "a flat index numbers its vectors itself; idOffset must be 0, got \(offset)")
    }
    rows.append(other.rows)
    other.rows = BinaryRows(codeSize: codeSize)
  }
}
