/// An index that can give vectors new values under their ids. faiss: `update_vectors`.
public protocol UpdatableIndex: VectorIndex {
  /// Gives vectors new values; their ids stay. Where an id occurs several times, all vectors that
  /// have it become the new one.
  ///
  /// - Parameters:
  ///   - ids: Different ids of vectors that are there.
  ///   - vectors: Their new values, one row per id.
  ///   - execution: Threads, cancellation.
  /// - Throws: ``IndexError/Code/notFound``, ``IndexError/Code/invalidArgument`` if ids repeat or
  ///   their number differs from that of the rows, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``,
  ///   ``IndexError/Code/unsupported`` if an index inside cannot do it; the index is then as before.
  mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError)
}

extension UpdatableIndex {
  /// Gives vectors new values, with every processor.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch
  ) throws(IndexError) {
    try replace(ids, with: vectors, execution: Execution())
  }

  /// The checks that replacing begins with.
  ///
  /// - Returns: The row of each id.
  package func requireReplaceable(
    _ ids: Span<Int64>, _ vectors: borrowing VectorBatch
  ) throws(IndexError) -> [Int64: Int] {
    try vectors.requireDimension(dimension, of: "new vectors")
    if !metric.allowsNaN { try vectors.requireFinite(of: "new vectors") }
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "\(vectors.count) new vectors need as many ids, there are \(ids.count)")
    }
    var rows: [Int64: Int] = [:]
    rows.reserveCapacity(ids.count)
    for place in ids.indices where rows.updateValue(place, forKey: ids[place]) != nil {
      throw IndexError(.invalidArgument, "the id \(ids[place]) comes twice")
    }
    return rows
  }
}
