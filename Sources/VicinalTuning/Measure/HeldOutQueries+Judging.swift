public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

extension HeldOutQueries {
  /// Queries to tune and judge a built index with: the given ones, otherwise up to 1000 vectors of
  /// the index, each left out of its own answers.
  ///
  /// - Parameters:
  ///   - index: What is judged.
  ///   - source: Its vectors.
  ///   - given: Queries that are not in it, if there are any.
  ///   - k: Neighbours per query.
  ///   - batchRows: Vectors of the source that are compared, and held in memory, at once.
  public static func judging(
    _ index: any VectorIndex, _ source: any EmbeddingSource, given: (any EmbeddingSource)?,
    k: Int, seed: UInt64, batchRows: Int = GroundTruth.batchRows, execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries {
    if let given {
      return try .given(
        given, source: source, index: index, k: k, batchRows: batchRows, execution: execution)
    }
    let count = min(1000, index.count)
    // Where the index stays in its file, comparing with all of it would fill the memory.
    if index.keepsVectors, !index.givesPagesBack,
      let held = try HeldOutQueries.sampled(
        from: index, count: count, k: k, seed: seed, execution: execution)
    {
      return held
    }
    // Codes must be judged against the data, not against what they made of it.
    return try .sampled(
      from: source, index: index, count: count, k: k, seed: seed, batchRows: batchRows,
      execution: execution)
  }
}

extension VectorIndex {
  /// Whether lists stay in a file that must not fill the memory.
  fileprivate var givesPagesBack: Bool {
    if let sharded = self as? ShardedIndex { return sharded.shards.contains { $0.givesPagesBack } }
    return (core as? IVFIndex)?.givesPagesBack ?? false
  }
}
