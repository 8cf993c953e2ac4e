public import VicinalCore

extension IDMapIndex: Reconstructible {
  /// The vector with an id; the last one added where ids repeat.
  ///
  /// - Complexity: O(1) if ``isReversible``, O(count) otherwise.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    try source().reconstruct(Int64(place(of: id)))
  }

  /// The vectors with some ids; of each the last one added where ids repeat.
  ///
  /// - Complexity: O(ids) if ``isReversible``, O(count + ids) otherwise.
  public func reconstruct(_ wanted: Span<Int64>) throws(IndexError) -> [Float] {
    var known = places
    if !isReversible {
      var missing = Set<Int64>()
      for place in wanted.indices { missing.insert(wanted[place]) }
      for (place, id) in ids.enumerated() where missing.contains(id) { known[id] = place }
    }
    var numbers: [Int64] = []
    for place in wanted.indices {
      guard let number = known[wanted[place]] else {
        throw IndexError(.notFound, "no vector has the id \(wanted[place])")
      }
      numbers.append(Int64(number))
    }
    return try source().reconstruct(numbers.span)
  }

  /// Finds the `k` nearest vectors of each query and gives them along, under their ids.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    var found = try source().searchAndReconstruct(queries, k: k, options: translated(options))
    try found.rename(metric: metric) { number throws(IndexError) in try name(of: number) }
    return found
  }

  private func source() throws(IndexError) -> any Reconstructible {
    guard let source = inner as? any Reconstructible else {
      throw IndexError(.unsupported, "the index inside the id map cannot give vectors back")
    }
    return source
  }
}
