public import VicinalCore

/// Gives the vectors of any index ids of the caller's choice.
///
/// The inner index numbers its vectors 0 ..< count; this index keeps the caller's id of each.
///
/// The corresponding faiss types are `IndexIDMap` and, with ``isReversible``, `IndexIDMap2`.
public struct IDMapIndex: VectorIndex, IDMapping {
  /// The index that holds the vectors.
  public internal(set) var inner: any VectorIndex

  /// The caller's id of each vector of the inner index.
  public internal(set) var ids: [Int64]

  /// Whether a reverse table is kept, which makes ``reconstruct(_:)`` O(1).
  public let isReversible: Bool

  /// The place of each id; the last one where ids repeat.
  var places: [Int64: Int] = [:]

  /// Wraps an index, empty or not.
  ///
  /// - Parameters:
  ///   - inner: The index that holds the vectors; not an id map, nor one behind transforms.
  ///   - ids: One id per vector that it holds already, none negative.
  ///   - isReversible: Whether to keep a reverse table.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the numbers of ids and vectors differ, an
  ///   id is negative, or the inner index does not number its vectors itself.
  public init(
    _ inner: any VectorIndex, ids: [Int64] = [], isReversible: Bool = false
  ) throws(IndexError) {
    try requireUsableIDs(ids)
    try self.init(stored: inner, ids: ids, isReversible: isReversible)
  }

  /// Takes over what a file holds. faiss lets ids be negative, so files may hold such; the arrays
  /// of ``VicinalCore/Neighbors`` give them back, but its rows take them for empty places.
  ///
  /// - Throws: As ``init(_:ids:isReversible:)``, except for negative ids.
  package init(
    stored inner: any VectorIndex, ids: [Int64], isReversible: Bool
  ) throws(IndexError) {
    guard ids.count == inner.count else {
      throw IndexError(
        .invalidArgument,
        "an id map needs one id per vector of its index: \(inner.count) vectors, \(ids.count) ids")
    }
    guard !inner.hasIDMap else {
      throw IndexError(
        .invalidArgument,
        "an id map cannot be put around an id map; give the vectors their final ids in one map")
    }
    if let lists = inner.core as? IVFIndex, !lists.numbersItself {
      throw IndexError(
        .invalidArgument,
        "an id map needs an index that numbers its vectors 0 ..< \(inner.count) itself; this"
          + " inverted file holds ids of its own, which need no id map")
    }
    self.inner = inner
    self.ids = ids
    self.isReversible = isReversible
    indexPlaces(from: 0)
  }

  /// Floats per vector.
  public var dimension: Int { inner.dimension }

  /// How vectors are compared.
  public var metric: Metric { inner.metric }

  /// Vectors held.
  public var count: Int { inner.count }

  /// Whether vectors can be added.
  public var isTrained: Bool { inner.isTrained }

  /// Bytes of memory held.
  public var byteCount: Int { inner.byteCount + ids.capacity * 8 + places.capacity * 24 }

  /// Trains the inner index.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try inner.train(on: sample, execution: execution)
  }

  /// Adds vectors; each gets its position as its id. faiss refuses this; here it is the natural
  /// numbering.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let first = Int64(count)
    try inner.add(vectors, execution: execution)
    appendNames(first..<first + Int64(vectors.count))
  }

  /// Gives back memory that growing left unused.
  public mutating func trim() { ids.trim() }
}

extension VectorIndex {
  /// Whether ids come from an id map.
  fileprivate var hasIDMap: Bool {
    self is IDMapIndex || (self as? TransformedIndex)?.inner.hasIDMap == true
  }
}

extension IDMapIndex: IdentifiedAddition {
  /// Adds vectors under given ids; ids may repeat, as in faiss.
  public mutating func add(
    _ vectors: borrowing VectorBatch, ids newIDs: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    guard newIDs.count == vectors.count else {
      throw IndexError(
        .invalidArgument,
        "every vector needs an id: \(vectors.count) vectors, \(newIDs.count) ids")
    }
    let added = newIDs.indices.map { newIDs[$0] }
    try requireUsableIDs(added)
    try inner.add(vectors, execution: execution)
    appendNames(added)
  }
}
