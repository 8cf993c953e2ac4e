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
  private func name(of number: Int64) throws(IndexError) -> Int64 {
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

extension IDMapIndex: Reconstructible {
  /// The vector with an id; the last one added where ids repeat.
  ///
  /// - Complexity: O(1) if ``isReversible``, O(count) otherwise.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard let place = isReversible ? places[id] : ids.lastIndex(of: id) else {
      throw IndexError(.notFound, "no vector has the id \(id)")
    }
    guard let source = inner as? any Reconstructible else {
      throw IndexError(.unsupported, "the index inside the id map cannot give vectors back")
    }
    return try source.reconstruct(Int64(place))
  }
}

extension IDMapIndex: RemovableIndex {
  /// Removes every vector whose id the filter contains.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index cannot forget vectors or does
  ///   not number the remaining ones anew.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    guard inner.core is FlatIndex || inner.core is HNSWIndex else {
      throw IndexError(
        .unsupported,
        "vectors can be removed from an id map only when the index inside is flat or a graph; an"
          + " inverted file takes ids by itself and can remove them without an id map")
    }
    var removed = 0
    let mapped = translated(SearchOptions(filter: filter)).filter ?? .list([])
    _ = try withCapability(&inner, as: (any RemovableIndex).self) { index throws(IndexError) in
      removed = try index.remove(mapped)
    }
    ids.removeAll { filter.contains($0) }
    places = [:]
    indexPlaces(from: 0)
    return removed
  }
}

extension IDMapIndex: MergeableIndex {
  /// Moves the vectors of `other`, with their ids plus an offset, behind those of this index.
  ///
  /// - Throws: Also ``IndexError/Code/invalidArgument`` if an id would become negative.
  public mutating func merge(
    from other: inout IDMapIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    let first = ids.count
    let moved =
      offset == 0
      ? other.ids
      : try other.ids.map { id throws(IndexError) in try shiftedID(id, by: offset) }
    if var mine = inner as? FlatIndex, var theirs = other.inner as? FlatIndex {
      try mine.merge(from: &theirs)
      (inner, other.inner) = (mine, theirs)
    } else if var mine = inner as? HNSWIndex, var theirs = other.inner as? HNSWIndex {
      try mine.merge(from: &theirs, idOffset: 0)
      (inner, other.inner) = (mine, theirs)
    } else {
      throw IndexError(
        .unsupported, "id maps can be merged when both hold a flat index or both a graph")
    }
    ids += moved
    other.ids = []
    other.places = [:]
    indexPlaces(from: first)
  }
}
