public import VicinalCore

extension ShardedIndex: RangeSearchable, Reconstructible {
  /// Finds the `k` nearest vectors of each query: the best of what the shards find.
  ///
  /// - Complexity: that of the shards, plus O(queries · shards · k · log(shards · k)) for merging.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    try options.execution.checkCancellation()
    let offsets = offsets
    let wanted = max(1, min(k, count))
    let parts = try shards.mapParts(options.execution) {
      number, shard, execution throws(IndexError) in
      let k = max(1, min(k, shard.count))
      let options = translated(options, number, offsets, execution)
      var found = try shard.search(queries, k: k, options: options)
      if offsets[number] > 0 {
        for place in found.ids.indices where found.ids[place] >= 0 {
          found.ids[place] += offsets[number]
        }
      }
      return found.widened(to: wanted, metric: metric)
    }
    return Neighbors.merging(parts, metric: metric).widened(to: k, metric: metric)
  }

  /// Finds every vector within the radius that a shard finds.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a shard has no range search.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    try options.execution.checkCancellation()
    let offsets = offsets
    let parts = try shards.mapParts(options.execution) {
      number, shard, execution throws(IndexError) in
      guard let searchable = shard as? any RangeSearchable else {
        throw IndexError(.unsupported, "shard \(number) has no range search")
      }
      let options = translated(options, number, offsets, execution)
      var found = try searchable.rangeSearch(queries, radius: radius, options: options)
      for place in found.ids.indices { found.ids[place] += offsets[number] }
      return found
    }
    return RangeNeighbors.merging(parts, metric: metric)
  }

  /// The options of a search for one shard.
  func translated(
    _ options: SearchOptions, _ number: Int, _ offsets: [Int64], _ execution: Execution
  ) -> SearchOptions {
    var options = options
    options.execution = execution
    options.avoidedNodes = nil
    if numbering == .successive {
      options.filter = options.filter?.shifted(to: offsets[number], count: shards[number].count)
    }
    return options
  }

  /// The vector with an id.
  ///
  /// - Throws: ``IndexError/Code/notFound``, ``IndexError/Code/unsupported`` if the shard cannot
  ///   give vectors back.
  /// - Complexity: that of the shard that holds it; with global numbering, of all shards.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    for (number, (shard, offset)) in zip(shards, offsets).enumerated() {
      if numbering == .successive {
        guard id >= offset, id < offset + Int64(shard.count) else { continue }
      }
      guard let source = shard as? any Reconstructible else {
        throw IndexError(.unsupported, "shard \(number) cannot give vectors back")
      }
      do throws(IndexError) {
        return try source.reconstruct(id - offset)
      } catch {
        guard error.code == .notFound else { throw error }
      }
    }
    throw IndexError(.notFound, "none of \(shards.count) shards holds a vector with the id \(id)")
  }
}
