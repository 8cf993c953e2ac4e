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

  /// The caller's id of a vector of the inner index, which may be of any kind and give any id.
  func name(of number: Int64) throws(IndexError) -> Int64 {
    guard let place = Int(exactly: number), ids.indices.contains(place) else {
      throw IndexError(
        .unsupported,
        "an id map needs an index that numbers its vectors 0 ..< \(ids.count) itself; this one"
          + " gave the id \(number)")
    }
    return ids[place]
  }

  /// Puts the filter into terms of the inner index's numbers.
  func translated(_ options: SearchOptions) -> SearchOptions {
    guard let filter = options.filter else { return options }
    var options = options
    var bits = [UInt8](repeating: 0, count: (ids.count + 7) / 8)
    for place in ids.indices where filter.contains(ids[place]) {
      bits[place >> 3] |= 1 << UInt8(place & 7)
    }
    options.filter = .bitmap(bits)
    return options
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
