public import VicinalCore

extension ShardedIndex {
  /// Finds the `k` nearest vectors of each query in all shards and gives them along.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if a shard cannot give vectors back.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    try requireSearchable(queries, k: k)
    try requireRoom(forVectorsOf: queries, k: k)
    try options.execution.checkCancellation()
    let offsets = offsets
    let parts = try shards.mapParts(options.execution) {
      number, shard, execution throws(IndexError) in
      guard let source = shard as? any Reconstructible else {
        throw IndexError(.unsupported, "shard \(number) cannot give vectors back")
      }
      var found = try source.searchAndReconstruct(
        queries, k: max(1, min(k, shard.count)),
        options: translated(options, number, offsets, execution))
      if offsets[number] > 0 { try found.rename(metric: metric) { $0 + offsets[number] } }
      return found
    }
    let none = ReconstructedNeighbors(
      Neighbors(empty: queries.count, k: k, metric: metric), dimension: dimension, vectors: [])
    return ReconstructedNeighbors.merging(parts, k: k, metric: metric) ?? none
  }
}

extension ReplicatedIndex {
  /// Finds the `k` nearest vectors of each query and gives them along; every replica answers a
  /// share of the queries.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the replicas cannot give vectors back.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    try requireSearchable(queries, k: k)
    try requireRoom(forVectorsOf: queries, k: k)
    let parts = try answers(queries, options) { part, replica, options throws(IndexError) in
      guard let source = replica as? any Reconstructible else {
        throw IndexError(.unsupported, "the replicas cannot give vectors back")
      }
      return try source.searchAndReconstruct(part, k: k, options: options)
    }
    var found = ReconstructedNeighbors(
      Neighbors(empty: 0, k: k, metric: metric), dimension: dimension, vectors: [])
    for part in parts { found.append(part) }
    return found
  }
}
