public import VicinalCore

extension FlatIndex {
  /// Forgets all vectors.
  public mutating func reset() throws(IndexError) {
    self = FlatIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated)
  }
}

extension CodedIndex {
  /// Forgets all vectors and keeps the training and the settings.
  public mutating func reset() throws(IndexError) { chunks = [] }
}

extension HNSWIndex {
  /// Forgets all vectors and keeps the training and the settings.
  public mutating func reset() throws(IndexError) {
    removeAll()
    // New levels are those of an index that never held others.
    removedCount = 0
  }
}

extension MultiIndexQuantizer {
  /// Refused: cells come from training alone.
  public mutating func reset() throws(IndexError) {
    throw IndexError(
      .unsupported, "the cells of a multi-index come from training; there is nothing to forget")
  }
}

extension ShardedIndex {
  /// Forgets all vectors; shards stay trained.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a shard cannot forget; the index is then as before.
  public mutating func reset() throws(IndexError) {
    try shards.updateParts(Execution(workers: 1), keepsCopy: true) {
      _, shard, _ throws(IndexError) in try shard.reset()
    }
  }
}

extension ReplicatedIndex {
  /// Forgets all vectors; replicas stay trained.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a replica cannot forget; the index is then as
  ///   before.
  public mutating func reset() throws(IndexError) {
    try replicas.updateParts(Execution(workers: 1), keepsCopy: true) {
      _, replica, _ throws(IndexError) in try replica.reset()
    }
  }
}
