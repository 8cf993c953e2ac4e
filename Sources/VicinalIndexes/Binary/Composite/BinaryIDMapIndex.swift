public import VicinalCore

/// Gives the vectors of any binary index ids of the caller's choice.
///
/// The inner index numbers its vectors 0 ..< count; this index keeps the caller's id of each.
///
/// The corresponding faiss types are `IndexBinaryIDMap` and, with ``isReversible``,
/// `IndexBinaryIDMap2`.
public struct BinaryIDMapIndex: BinaryIndex, IDMapping {
  /// The index that holds the vectors.
  public internal(set) var inner: any BinaryIndex

  /// The caller's id of each vector of the inner index.
  public internal(set) var ids: [Int64]

  /// Whether a reverse table is kept, which makes ``reconstruct(_:)`` O(1).
  public let isReversible: Bool

  /// The place of each id; the last one where ids repeat.
  var places: [Int64: Int] = [:]

  /// Wraps an index, empty or not.
  ///
  /// - Parameters:
  ///   - inner: The index that holds the vectors; it must number them 0 ..< count.
  ///   - ids: One id per vector that it holds already.
  ///   - isReversible: Whether to keep a reverse table.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the numbers of ids and vectors differ,
  ///   ``IndexError/Code/corruptFile`` if the inner index does not number its vectors itself.
  public init(
    _ inner: any BinaryIndex, ids: [Int64] = [], isReversible: Bool = false
  ) throws(IndexError) {
    guard ids.count == inner.count else {
      throw IndexError(
        .invalidArgument,
        "an id map needs one id per vector of its index: \(inner.count) vectors, \(ids.count) ids")
    }
    guard inner.numbersItself else {
      throw IndexError(
        .corruptFile,
        "an id map needs an index that numbers its vectors 0 ..< \(inner.count) itself")
    }
    self.inner = inner
    self.ids = ids
    self.isReversible = isReversible
    indexPlaces(from: 0)
  }

  /// Bits per vector.
  public var dimension: Int { inner.dimension }

  /// Vectors held.
  public var count: Int { inner.count }

  /// Whether vectors can be added.
  public var isTrained: Bool { inner.isTrained }

  /// Bytes of memory held.
  public var byteCount: Int { inner.byteCount + ids.capacity * 8 + places.capacity * 24 }

  /// Trains the inner index.
  public mutating func train(
    on sample: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try inner.train(on: sample, execution: execution)
  }

  /// Adds vectors; each gets its position as its id. faiss refuses this; here it is the natural
  /// numbering.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    let first = Int64(count)
    try inner.add(vectors, execution: execution)
    appendNames(first..<first + Int64(vectors.count))
  }

  /// Finds the `k` nearest vectors of each query and gives their ids of the caller's choice.
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    var found = try inner.search(queries, k: k, options: translated(options))
    for place in found.ids.indices where found.ids[place] >= 0 {
      found.ids[place] = try name(of: found.ids[place])
    }
    found.orderTies(metric: .l2)
    return found
  }
}

extension BinaryIDMapIndex: BinaryIdentifiedAddition {
  /// Adds vectors under given ids; ids may repeat, as in faiss.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, ids newIDs: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    let added = try requireIDs(newIDs, for: vectors)
    try inner.add(vectors, execution: execution)
    appendNames(added)
  }
}

extension BinaryIDMapIndex: BinaryRangeSearchable, BinaryReconstructible {
  /// Finds every vector within the radius.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index has no range search.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    guard let searchable = inner as? any BinaryRangeSearchable else {
      throw IndexError(.unsupported, "the index inside the id map has no range search")
    }
    var found = try searchable.rangeSearch(queries, radius: radius, options: translated(options))
    for place in found.ids.indices { found.ids[place] = try name(of: found.ids[place]) }
    found.orderTies()
    return found
  }

  /// The vector with an id; the last one added where ids repeat.
  ///
  /// - Complexity: O(1) if ``isReversible``, O(count) otherwise.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    let place = try place(of: id)
    guard let source = inner as? any BinaryReconstructible else {
      throw IndexError(.unsupported, "the index inside the id map cannot give vectors back")
    }
    return try source.reconstruct(Int64(place))
  }
}

extension BinaryIndex {
  /// Whether all ids are 0 ..< `count`.
  fileprivate var numbersItself: Bool {
    switch self {
    case let index as BinaryIVFIndex:
      index.lists.allSatisfy { list in
        (0..<list.count).allSatisfy { (0..<Int64(index.count)).contains(list.id(at: $0)) }
      }
    case is BinaryIDMapIndex: false
    default: true
    }
  }
}
