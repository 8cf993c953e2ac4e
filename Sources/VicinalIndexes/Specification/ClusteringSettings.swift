package import VicinalCoding
package import VicinalCore

extension VectorIndex {
  /// How the cells of inverted lists are found, behind id maps, transforms and refinement too; `nil`
  /// for indexes without such lists. faiss: `cp`.
  package var clusteringOptions: KMeansOptions? {
    switch core {
    case let lists as IVFIndex: lists.clustering
    case let refined as IVFPQRIndex: refined.base.clustering
    case let refined as RefinedIndex: refined.base.clusteringOptions
    default: nil
    }
  }

  /// Changes how cells are found; indexes without such lists stay as they are.
  ///
  /// - Throws: As ``withCore(of:_:)``.
  package mutating func updateClustering(
    _ change: (inout KMeansOptions) -> Void
  ) throws(IndexError) {
    var whole: any VectorIndex = self
    try withCore(of: &whole) { core throws(IndexError) in
      switch core {
      case var lists as IVFIndex:
        change(&lists.clustering)
        core = lists
      case var refined as IVFPQRIndex:
        change(&refined.base.clustering)
        core = refined
      case var refined as RefinedIndex:
        try refined.base.updateClustering(change)
        core = refined
      default: break
      }
    }
    if let same = whole as? Self { self = same }
  }

  /// Rounds over all training vectors that finding cells takes; `nil` for indexes without cells of their
  /// own.
  package var clusteringRounds: Int? {
    clusteringOptions.map { saturatingProduct($0.iterations, $0.redos) }
  }

  /// Has cells found in mini-batches instead of rounds; other indexes stay as they are.
  ///
  /// - Throws: As ``withCore(of:_:)``.
  package mutating func clusterInMiniBatches() throws(IndexError) {
    try updateClustering { $0.miniBatch = MiniBatchOptions() }
  }

  /// Draws the cells of inverted lists from a seed; other indexes stay as they are.
  ///
  /// - Throws: As ``withCore(of:_:)``.
  package mutating func seedClustering(_ seed: UInt64) throws(IndexError) {
    try updateClustering { $0.seed = seed }
  }
}
