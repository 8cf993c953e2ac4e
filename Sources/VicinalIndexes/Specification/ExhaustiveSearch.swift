import VicinalCoding
import VicinalCompute
public import VicinalCore

/// An index that can compare a query with everything it holds, whatever its own shortcuts are.
public protocol ExhaustivelySearchable: VectorIndex {
  /// The exact `k` nearest vectors of each query.
  func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors

  /// The vectors at some positions of the index's own order, and their ids.
  ///
  /// - Parameter positions: Ascending, within 0 ..< `count`.
  /// - Throws: ``IndexError/Code/unsupported`` if the index does not keep vectors.
  func vectors(at positions: [Int]) throws(IndexError) -> (ids: [Int64], values: [Float])
}

extension FlatIndex: ExhaustivelySearchable {
  /// The exact `k` nearest vectors of each query.
  public func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors {
    try search(queries, k: k, options: SearchOptions(execution: execution))
  }

  /// The vectors at some positions, which are their ids.
  public func vectors(at positions: [Int]) -> (ids: [Int64], values: [Float]) {
    var values: [Float] = []
    for position in positions { rows.appendRow(position, to: &values) }
    return (positions.map(Int64.init), values)
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

  /// The vectors at some positions, counted list by list, and their ids.
  public func vectors(
    at positions: [Int]
  ) throws(IndexError) -> (ids: [Int64], values: [Float]) {
    var (ids, values): ([Int64], [Float]) = ([], [])
    var (list, first) = (0, 0)
    for position in positions {
      while position >= first + lists[list].count {
        first += lists[list].count
        list += 1
      }
      ids.append(lists[list].id(at: position - first))
      try appendVector(list, position - first, to: &values)
    }
    return (ids, values)
  }
}

extension HNSWIndex: ExhaustivelySearchable {
  /// The exact `k` nearest vectors of each query, or of what codes stand for, without the graph.
  public func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors {
    guard let coded else {
      return try FlatIndex(rows: rows).exhaustiveSearch(queries, k: k, execution: execution)
    }
    let flat = CodedIndex(codec: coded.codec, metric: metric, block: coded.codes)
    return try flat.search(queries, k: k, options: SearchOptions(execution: execution))
  }

  /// The vectors at some positions, or what their codes stand for; positions are ids.
  public func vectors(
    at positions: [Int]
  ) throws(IndexError) -> (ids: [Int64], values: [Float]) {
    guard let coded else { return FlatIndex(rows: rows).vectors(at: positions) }
    var values: [Float] = []
    for position in positions { values += try coded.row(position) }
    return (positions.map(Int64.init), values)
  }
}

extension RefinedIndex: ExhaustivelySearchable {
  /// The exact `k` nearest vectors of each query, by the second index alone.
  public func exhaustiveSearch(
    _ queries: borrowing VectorBatch, k: Int, execution: Execution
  ) throws(IndexError) -> Neighbors {
    try flatRefiner().exhaustiveSearch(queries, k: k, execution: execution)
  }

  /// The vectors at some positions, which are their ids.
  public func vectors(
    at positions: [Int]
  ) throws(IndexError) -> (ids: [Int64], values: [Float]) {
    try flatRefiner().vectors(at: positions)
  }

  private func flatRefiner() throws(IndexError) -> FlatIndex {
    guard let flat = refiner as? FlatIndex else {
      throw IndexError(
        .unsupported,
        "candidates are compared by codes, not by vectors; give the embeddings to measure with")
    }
    return flat
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

extension VectorIndex {
  /// Whether the index holds the vectors it was given, at most scaled to length 1, so that exact
  /// neighbours can be taken from it.
  public var keepsVectors: Bool {
    switch self {
    case is FlatIndex: true
    case let lists as IVFIndex: lists.codec == nil
    case let graph as HNSWIndex: graph.codec == nil
    case let refined as RefinedIndex: refined.refiner is FlatIndex
    case let mapped as IDMapIndex: mapped.inner.keepsVectors
    case let transformed as TransformedIndex:
      transformed.chain.transforms.allSatisfy { $0 is L2Normalization }
        && transformed.inner.keepsVectors
    default: false
    }
  }
}
