public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

extension HeldOutQueries {
  /// Takes vectors of a source as queries; exact neighbours come from the source too, so that
  /// the index is judged against the data and not against itself.
  public static func sampled(
    from source: any EmbeddingSource, index: any VectorIndex, count: Int, k: Int,
    seed: UInt64 = 7, execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries {
    var generator = SplitMix64(seed: seed)
    let rows = sampleWithoutReplacement(count, of: source.count, using: &generator)
    let own = rows.map(Int64.init)
    let values = try source.vectors(rows)
    let found = try GroundTruth.find(
      in: source, queries: VectorBatch(values.span, dimension: source.dimension), k: k + 1,
      metric: index.metric, isNormalized: index.isNormalized, execution: execution)
    return HeldOutQueries(
      dimension: source.dimension, values: values, ownIDs: own,
      truth: found.dropping(own, k: k, metric: index.metric))
  }

  /// Takes queries that are not in the index.
  public static func given(
    _ values: [Float], source: any EmbeddingSource, index: any VectorIndex, k: Int,
    execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries {
    let batch = try VectorBatch(values.span, dimension: source.dimension)
    let truth = try GroundTruth.find(
      in: source, queries: batch, k: k, metric: index.metric, isNormalized: index.isNormalized,
      execution: execution)
    return HeldOutQueries(
      dimension: source.dimension, values: values,
      ownIDs: Array(repeating: -1, count: batch.count), truth: truth)
  }
}

extension VectorIndex {
  /// Whether vectors are scaled to length 1 on the way in.
  var isNormalized: Bool {
    if let mapped = self as? IDMapIndex { return mapped.inner.isNormalized }
    return (self as? TransformedIndex)?.chain.isNormalizing ?? false
  }
}
