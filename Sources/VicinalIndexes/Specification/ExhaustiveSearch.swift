public import VicinalCore

/// An index that can compare a query with everything it holds, whatever its own shortcuts are.
public protocol ExhaustivelySearchable: VectorIndex {
  /// The exact `k` nearest vectors of each query.
  func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors
}

extension FlatIndex: ExhaustivelySearchable {
  /// The exact `k` nearest vectors of each query.
  public func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors {
    try search(queries, k: k, options: SearchOptions(execution: execution))
  }
}

extension IVFIndex: ExhaustivelySearchable {
  /// The exact `k` nearest vectors of each query: every list is visited.
  public func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors {
    var copy = self
    // A graph over the cells may not list them all; the cells themselves can.
    if !(coarse is FlatIndex), let cells = coarse as? any Reconstructible {
      var flat = FlatIndex(dimension: dimension, metric: metric)
      for cell in 0..<Int64(listCount) {
        let values = try cells.reconstruct(cell)
        try flat.add(VectorBatch(values.span, dimension: dimension), execution: execution)
      }
      copy.coarse = flat
    }
    return try copy.search(
      queries, k: k, options: SearchOptions(probes: listCount, execution: execution))
  }
}

extension HNSWIndex: ExhaustivelySearchable {
  /// The exact `k` nearest vectors of each query, without the graph.
  public func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors {
    try FlatIndex(rows: rows).exhaustiveSearch(queries, k: k, execution: execution)
  }
}

extension VectorIndex {
  /// The innermost index, without id maps and transforms.
  package var core: any VectorIndex {
    if let mapped = self as? IDMapIndex { return mapped.inner.core }
    if let transformed = self as? TransformedIndex { return transformed.inner.core }
    return self
  }
}

/// Changes the innermost index, behind id maps and transforms.
package func withCore(
  of index: inout any VectorIndex, _ body: (inout any VectorIndex) throws(IndexError) -> Void
) throws(IndexError) {
  if var mapped = index as? IDMapIndex {
    index = FlatIndex(dimension: mapped.dimension)
    defer { index = mapped }
    try withCore(of: &mapped.inner, body)
  } else if var transformed = index as? TransformedIndex {
    index = FlatIndex(dimension: transformed.dimension)
    defer { index = transformed }
    try withCore(of: &transformed.inner, body)
  } else {
    try body(&index)
  }
}
