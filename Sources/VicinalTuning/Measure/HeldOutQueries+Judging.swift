public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

extension HeldOutQueries {
  /// Queries to tune and judge a built index with: up to 1000 of the given ones, otherwise of the
  /// vectors of the index, each left out of its own answers.
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
      return try HeldOutQueries.given(
        given, source: source, index: index, k: k, most: mostJudging, seed: seed,
        batchRows: batchRows, execution: execution
      ).requiringDistances(of: index.metric)
    }
    let count = min(mostJudging, index.count)
    // Where the index stays in its file, comparing with all of it would fill the memory.
    if index.keepsVectors, !index.givesPagesBack,
      let held = try HeldOutQueries.sampled(
        from: index, count: count, k: k, seed: seed, execution: execution)
    {
      return try held.requiringDistances(of: index.metric)
    }
    // Codes must be judged against the data, not against what they made of it.
    return try HeldOutQueries.sampled(
      from: source, index: index, count: count, k: k, seed: seed, batchRows: batchRows,
      execution: execution
    ).requiringDistances(of: index.metric)
  }

  /// Queries that are enough to judge by; more would take memory and time.
  static let mostJudging = 1000

  /// The same, if there are distances to judge by: those of huge vectors are more than a float holds,
  /// and then every vector is as near as any other.
  ///
  /// - Throws: ``IndexError/Code/notFinite``.
  func requiringDistances(of metric: Metric) throws(IndexError) -> HeldOutQueries {
    guard metric == .l2 || metric == .innerProduct else { return self }
    // A few vectors that are far from everything do no harm.
    let lost = (0..<truth.queryCount).count { query in
      truth.row(query).first.map { !$0.distance.isFinite } ?? false
    }
    guard 2 * lost <= truth.queryCount else {
      throw IndexError(
        .notFinite,
        "distances between these vectors are more than a float holds (3e38), so that none is nearer"
          + " than another; scale the vectors, for example to length 1")
    }
    // Squares of such values are less than the smallest float, and sums of them are 0.
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    guard largest == 0 || largest > 1e-19 else {
      throw IndexError(
        .notFinite,
        "no query has a value above \(largest), so that distances are less than a float holds (1e-38)"
          + " and none is nearer than another; scale the vectors, for example to length 1")
    }
    return self
  }
}

extension VectorIndex {
  /// Whether lists stay in a file that must not fill the memory.
  fileprivate var givesPagesBack: Bool {
    if let sharded = self as? ShardedIndex { return sharded.shards.contains { $0.givesPagesBack } }
    return (core as? IVFIndex)?.givesPagesBack ?? false
  }
}
