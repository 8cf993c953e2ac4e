public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

/// Exact neighbours by comparing with everything, batch by batch, in bounded memory.
public enum GroundTruth {
  /// Rows that are compared at once.
  public static let batchRows = 65_536

  /// The exact `k` nearest vectors of a source for each query.
  ///
  /// - Parameters:
  ///   - isNormalized: Whether both sides are scaled to length 1 first (cosine).
  ///   - batchRows: Vectors of the source that are compared, and held in memory, at once.
  public static func find(
    in source: any EmbeddingSource, queries: borrowing VectorBatch, k: Int, metric: Metric,
    isNormalized: Bool = false, batchRows: Int = batchRows, execution: Execution = Execution()
  ) throws(IndexError) -> Neighbors {
    var best = Neighbors(empty: queries.count, k: k, metric: metric)
    let flat = FlatIndex(dimension: source.dimension, metric: metric)
    let total = source.count
    let asked = InMemoryQueries(queries)
    try source.forEachBatch(rows: batchRows) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      if !metric.allowsNaN { try source.requireFinite(batch, from: first) }
      var part: any VectorIndex = isNormalized ? TransformedIndex(flat) : flat
      try part.add(batch, execution: execution)
      let questions = try VectorBatch(asked.values.span, dimension: asked.dimension)
      var found = try part.search(
        questions, k: k, options: SearchOptions(execution: execution))
      for place in found.ids.indices where found.ids[place] >= 0 {
        found.ids[place] += Int64(first)
      }
      best = Neighbors.merging([best, found], metric: metric)
      execution.progress?(
        WorkProgress(step: "exact neighbours", done: first + batch.count, total: total))
    }
    return best
  }

  /// A copy of the queries: closures cannot capture borrowed vectors.
  private struct InMemoryQueries {
    let values: [Float]
    let dimension: Int

    init(_ batch: borrowing VectorBatch) {
      var values: [Float] = []
      for index in batch.values.indices { values.append(batch.values[index]) }
      self.values = values
      dimension = batch.dimension
    }
  }
}
