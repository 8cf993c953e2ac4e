/// All rows within a radius of each query: what range search returns.
///
/// The rows of query `i` are `limits[i] ..< limits[i + 1]`, best first, ties by id. faiss returns
/// the same three arrays (`lims`, `D`, `I`), but leaves the order inside a query open.
public struct RangeNeighbors: Sendable, Equatable {
  /// `queryCount + 1` offsets into the other two arrays, starting at 0.
  public var limits: [Int]

  /// One value per result, in the metric's own scale.
  public var distances: [Float]

  /// One id per result.
  public var ids: [Int64]

  /// Queries.
  public var queryCount: Int { limits.count - 1 }

  /// Takes results that are already ordered.
  public init(limits: [Int], distances: [Float], ids: [Int64]) {
    self.limits = limits
    self.distances = distances
    self.ids = ids
  }

  /// The results of one query.
  public func row(_ query: Int) -> [(id: Int64, distance: Float)] {
    (limits[query]..<limits[query + 1]).map { (ids[$0], distances[$0]) }
  }
}
