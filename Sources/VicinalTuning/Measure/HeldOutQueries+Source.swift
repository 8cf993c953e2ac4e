public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

extension HeldOutQueries {
  /// Takes vectors of a source as queries; exact neighbours come from the source too, so that
  /// the index is judged against the data and not against itself.
  public static func sampled(
    from source: any EmbeddingSource, index: any VectorIndex, count: Int, k: Int,
    seed: UInt64 = 7, batchRows: Int = GroundTruth.batchRows,
    execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries {
    var generator = SplitMix64(seed: seed)
    let rows = sampleWithoutReplacement(count, of: source.count, using: &generator)
    let own = rows.map(Int64.init)
    let values = try source.vectors(rows)
    let found = try GroundTruth.find(
      in: source, queries: VectorBatch(values.span, dimension: source.dimension), k: k + 1,
      metric: index.metric, isNormalized: index.isNormalized, batchRows: batchRows,
      execution: execution)
    return HeldOutQueries(
      dimension: source.dimension, values: values, ownIDs: own,
      truth: found.dropping(own, k: k, metric: index.metric))
  }

  /// Takes queries that are not in the index, or `most` of them by lot.
  ///
  /// - Throws: ``IndexError/Code/dimensionMismatch`` unless queries, source and index agree,
  ///   ``IndexError/Code/notFinite`` naming the row.
  public static func given(
    _ queries: any EmbeddingSource, source: any EmbeddingSource, index: any VectorIndex, k: Int,
    most: Int = .max, seed: UInt64 = 7, batchRows: Int = GroundTruth.batchRows,
    execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries {
    guard queries.dimension == index.dimension, source.dimension == index.dimension else {
      throw IndexError(
        .dimensionMismatch,
        "the queries have dimension \(queries.dimension) and the embeddings \(source.dimension), but"
          + " the index has \(index.dimension)")
    }
    var generator = SplitMix64(seed: seed)
    let values =
      try queries.count <= most
      ? queries.load()
      : queries.vectors(
        sampleWithoutReplacement(most, of: queries.count, using: &generator))
    let batch = try VectorBatch(values.span, dimension: queries.dimension)
    if !index.metric.allowsNaN { try batch.requireFinite(of: "queries") }
    let truth = try GroundTruth.find(
      in: source, queries: batch, k: k, metric: index.metric, isNormalized: index.isNormalized,
      batchRows: batchRows, execution: execution)
    return HeldOutQueries(
      dimension: source.dimension, values: values,
      ownIDs: Array(repeating: -1, count: batch.count), truth: truth)
  }
}

extension VectorIndex {
  /// Whether vectors are scaled to length 1 on the way in.
  var isNormalized: Bool {
    if let mapped = self as? IDMapIndex { return mapped.inner.isNormalized }
    if let sharded = self as? ShardedIndex { return sharded.shards[0].isNormalized }
    if let refined = self as? RefinedIndex {
      return refined.base.isNormalized && refined.refiner.isNormalized
    }
    return (self as? TransformedIndex)?.chain.isNormalizing ?? false
  }
}
