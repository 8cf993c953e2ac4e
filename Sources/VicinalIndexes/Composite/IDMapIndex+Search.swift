public import VicinalCore

extension IDMapIndex {
  /// Finds the `k` nearest vectors of each query and gives their ids of the caller's choice.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    var found = try inner.search(queries, k: k, options: translated(options))
    for place in found.ids.indices where found.ids[place] >= 0 {
      found.ids[place] = try name(of: found.ids[place])
    }
    found.orderTies(metric: metric)
    return found
  }
}

extension IDMapIndex: RangeSearchable {
  /// Finds every vector within the radius.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index has no range search.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    guard let searchable = inner as? any RangeSearchable else {
      throw IndexError(.unsupported, "the index inside the id map has no range search")
    }
    var found = try searchable.rangeSearch(queries, radius: radius, options: translated(options))
    for place in found.ids.indices { found.ids[place] = try name(of: found.ids[place]) }
    found.orderTies()
    return found
  }
}
