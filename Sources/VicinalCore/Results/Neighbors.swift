/// The `k` nearest rows of each query, best first: what `search` returns.
///
/// Rows are padded with id −1 and the metric's worst value where fewer than `k` vectors were
/// found. Equal distances are ordered by id, so that results are the same for any thread count.
///
/// faiss returns the same two arrays as `D` and `I`.
public struct Neighbors: Sendable, Equatable {
  /// Places per query, at least 1.
  public let k: Int

  /// `queryCount × k` values in the metric's own scale, row-major.
  public var distances: [Float]

  /// `queryCount × k` ids, row-major; −1 where there is no result.
  public var ids: [Int64]

  /// Queries.
  public var queryCount: Int { k < 1 ? 0 : ids.count / k }

  /// Takes rows of results that are already ordered.
  public init(k: Int, distances: [Float], ids: [Int64]) {
    self.k = k
    self.distances = distances
    self.ids = ids
  }

  /// No result for any of `queryCount` queries.
  public init(empty queryCount: Int, k: Int, metric: Metric) {
    self.k = k
    distances = Array(filling: queryCount * k, with: metric.worst)
    ids = Array(filling: queryCount * k, with: -1)
  }

  /// The results of one query, 0 ..< ``queryCount``, without the padding.
  public func row(_ query: Int) -> [(id: Int64, distance: Float)] {
    (query * k..<(query + 1) * k).compactMap { ids[$0] < 0 ? nil : (ids[$0], distances[$0]) }
  }
}
