public import VicinalCore

/// What every index over binary vectors can do. Indexes are values: a copy is a snapshot that later
/// changes of the original do not touch.
///
/// Vectors are rows of `dimension / 8` bytes, compared by the number of bits in which they differ
/// (Hamming distance; smaller is nearer). Distances come back as floats, which hold them exactly.
///
/// What only some indexes can do is a capability protocol of its own, found with `as?`.
///
/// The corresponding faiss type is `IndexBinary`.
public protocol BinaryIndex: Sendable {
  /// Bits per vector, a multiple of 8. faiss: `d`.
  var dimension: Int { get }

  /// Vectors held. faiss: `ntotal`.
  var count: Int { get }

  /// Whether vectors can be added. faiss: `is_trained`.
  var isTrained: Bool { get }

  /// Bytes of memory that the index holds, mapped files not.
  var byteCount: Int { get }

  /// Learns from a sample of the vectors to come. Indexes that learn nothing return at once.
  ///
  /// - Throws: ``IndexError/Code/insufficientData`` if the sample is too small,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``; the index is then as
  ///   before.
  mutating func train(on sample: borrowing BinaryBatch, execution: Execution) throws(IndexError)

  /// Adds vectors; they get the ids `count ..< count + vectors.count`.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``; the index is
  ///   then as before.
  mutating func add(_ vectors: borrowing BinaryBatch, execution: Execution) throws(IndexError)

  /// Finds the `k` nearest vectors of each query.
  ///
  /// - Parameters:
  ///   - queries: Vectors of the index's dimension.
  ///   - k: Neighbours per query, at least 1; may exceed `count`.
  ///   - options: Knobs, filter, threads.
  /// - Returns: Best first, ties by id, padded with id −1 and infinity (faiss: 2³¹ − 1).
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``, ``IndexError/Code/unsupported`` for a knob that the index
  ///   does not have.
  func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors

  /// Forgets all vectors; what was trained and the settings stay. faiss: `reset`.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if an index inside cannot forget.
  mutating func reset() throws(IndexError)
}

/// A binary index that can return everything within a radius. faiss: `range_search`.
public protocol BinaryRangeSearchable: BinaryIndex {
  /// Finds all vectors that differ in fewer than `radius` bits.
  ///
  /// - Parameters:
  ///   - queries: Vectors of the index's dimension.
  ///   - radius: Bits; the radius itself is excluded, as in faiss.
  ///   - options: Knobs, filter, threads.
  func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors
}

/// A binary index that can give its vectors back. faiss: `reconstruct`.
public protocol BinaryReconstructible: BinaryIndex {
  /// The `dimension / 8` bytes of the vector with an id.
  ///
  /// - Throws: ``IndexError/Code/notFound``.
  func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8]
}

/// A binary index that takes the caller's own ids. faiss: `add_with_ids`.
public protocol BinaryIdentifiedAddition: BinaryIndex {
  /// Adds vectors under given ids, one per row.
  ///
  /// - Throws: As ``BinaryIndex/add(_:execution:)``, and ``IndexError/Code/invalidArgument`` if the
  ///   numbers of ids and rows differ or an id is negative. The index is then as before.
  mutating func add(
    _ vectors: borrowing BinaryBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError)
}

/// A binary index that can forget vectors. faiss: `remove_ids`.
public protocol BinaryRemovable: BinaryIndex {
  /// Removes every vector whose id the filter contains.
  ///
  /// In indexes without ids of their own (flat), the vectors after a removed one move up.
  ///
  /// - Returns: How many were removed.
  @discardableResult
  mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int
}

/// A binary index that can take over the vectors of another of its kind. faiss: `merge_from`.
public protocol BinaryMergeable: BinaryIndex {
  /// Moves all vectors of `other` behind those of this index and leaves `other` empty.
  ///
  /// - Parameters:
  ///   - other: An index of the same kind, dimension and training.
  ///   - offset: Added to the ids of `other`, where the index stores ids.
  /// - Throws: ``IndexError/Code/invalidArgument`` if the two do not fit; both are then as before.
  mutating func merge(from other: inout Self, idOffset offset: Int64) throws(IndexError)
}

/// A binary index that walks a graph. faiss: `IndexBinaryHNSW`.
public protocol BinaryGraphSearching: BinaryIndex {
  /// Candidates kept while walking, unless the search options say otherwise, at least 1; smaller
  /// values are taken as 1.
  var efSearch: Int { get set }
}

extension BinaryIndex {
  /// Bytes per vector. faiss: `code_size`.
  public var codeSize: Int { dimension / 8 }

  /// Learns from a sample with every processor.
  public mutating func train(on sample: borrowing BinaryBatch) throws(IndexError) {
    try train(on: sample, execution: Execution())
  }

  /// Adds vectors with every processor.
  public mutating func add(_ vectors: borrowing BinaryBatch) throws(IndexError) {
    try add(vectors, execution: Execution())
  }

  /// Finds the `k` nearest vectors of each query with the index's own settings.
  public func search(_ queries: borrowing BinaryBatch, k: Int) throws(IndexError) -> Neighbors {
    try search(queries, k: k, options: SearchOptions())
  }
}
