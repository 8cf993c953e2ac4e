/// What every index can do. Indexes are values: a copy is a snapshot that later changes of the
/// original do not touch, and copying costs O(1).
///
/// What only some indexes can do is a capability protocol of its own (``RangeSearchable``,
/// ``Reconstructible``, ``RemovableIndex`` …), found with `as?`.
///
/// The corresponding faiss type is `Index`.
public protocol VectorIndex: Sendable {
  /// Floats per vector. faiss: `d`.
  var dimension: Int { get }

  /// How vectors are compared. faiss: `metric_type`, `metric_arg`.
  var metric: Metric { get }

  /// Vectors held. faiss: `ntotal`.
  var count: Int { get }

  /// Whether vectors can be added. faiss: `is_trained`.
  var isTrained: Bool { get }

  /// Bytes of memory that the index holds, companions of the vectors included, mapped files not.
  var byteCount: Int { get }

  /// Learns from a sample of the vectors to come. Indexes that learn nothing return at once.
  ///
  /// - Parameters:
  ///   - sample: Vectors of the index's dimension.
  ///   - execution: Threads, progress, cancellation.
  /// - Throws: ``IndexError/Code/insufficientData`` if the sample is too small,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``; the index is then as before.
  mutating func train(on sample: borrowing VectorBatch, execution: Execution) throws(IndexError)

  /// Adds vectors; they get the ids `count ..< count + vectors.count`.
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/notFinite`` naming the row,
  ///   ``IndexError/Code/dimensionMismatch``; the index is then as before.
  mutating func add(_ vectors: borrowing VectorBatch, execution: Execution) throws(IndexError)

  /// Finds the `k` nearest vectors of each query.
  ///
  /// - Parameters:
  ///   - queries: Vectors of the index's dimension.
  ///   - k: Neighbours per query, at least 1; may exceed `count`.
  ///   - options: Knobs, filter, threads.
  /// - Returns: Best first, ties by id, padded with id −1.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``,
  ///   ``IndexError/Code/unsupported`` for a knob that the index does not have.
  func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors

  /// Forgets all vectors; what was trained and the settings stay. Vectors added afterwards are
  /// kept as by an index that never held others. faiss: `reset`.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if this kind of index, or one inside it, cannot
  ///   forget; the index is then as before.
  mutating func reset() throws(IndexError)
}

extension VectorIndex {
  /// Removes everything, where an index can remove.
  public mutating func reset() throws(IndexError) {
    guard var removable = self as? any RemovableIndex else {
      throw IndexError(.unsupported, "\(Self.self) cannot forget its vectors; make it anew")
    }
    try removable.remove(.all([]))
    if let emptied = removable as? Self { self = emptied }
  }

  /// Learns from a sample with every processor.
  public mutating func train(on sample: borrowing VectorBatch) throws(IndexError) {
    try train(on: sample, execution: Execution())
  }

  /// Adds vectors with every processor.
  public mutating func add(_ vectors: borrowing VectorBatch) throws(IndexError) {
    try add(vectors, execution: Execution())
  }

  /// Finds the `k` nearest vectors of each query with the index's own settings.
  public func search(_ queries: borrowing VectorBatch, k: Int) throws(IndexError) -> Neighbors {
    try search(queries, k: k, options: SearchOptions())
  }

  /// Bytes of results up to which `k` may exceed the number of vectors.
  private static var largestPadding: Int { 1 << 29 }

  /// The checks that every search begins with.
  package func requireSearchable(
    _ queries: borrowing VectorBatch, k: Int
  ) throws(IndexError) {
    try queries.requireDimension(dimension, of: "queries")
    try metric.requireUsable()
    guard k >= 1 else { throw IndexError(.invalidArgument, "k must be at least 1, got \(k)") }
    guard isTrained else {
      throw IndexError(.notTrained, "the index is not trained; train it on a sample first")
    }
    let bytes = try checkedProduct(queries.count, k, 12, of: "the results")
    guard k <= count || bytes <= Self.largestPadding else {
      throw IndexError(
        .invalidArgument,
        "k = \(k) exceeds the \(count) vectors of the index so far that the padding alone would"
          + " fill memory (\(bytes) bytes of results); lower k")
    }
    if !metric.allowsNaN { try queries.requireFinite(of: "queries") }
  }
}
