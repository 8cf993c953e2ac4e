public import VicinalCore

/// Says how good the results of a search are.
///
/// faiss: `AutoTuneCriterion`.
public protocol TuningCriterion: Sendable {
  /// Queries that results must be of. faiss: `nq`.
  var queryCount: Int { get }

  /// Neighbours per query to search for, at least 1. faiss: `nnn`.
  var neighborCount: Int { get }

  /// The performance of some results, 0…1, larger is better.
  ///
  /// - Parameter found: ``queryCount`` queries with at least ``neighborCount`` places each.
  /// - Throws: ``IndexError/Code/invalidArgument`` for results of another shape, or if the
  ///   criterion lacks its ground truth.
  func evaluate(_ found: Neighbors) throws(IndexError) -> Double
}

extension TuningCriterion {
  /// Requires results and truth of the right shape.
  ///
  /// - Parameters:
  ///   - places: Places per query that the truth must have.
  func require(
    _ found: Neighbors, against truth: Neighbors?, places: Int
  ) throws(IndexError) -> Neighbors {
    guard let truth, truth.queryCount == queryCount, truth.k >= places else {
      let had = truth.map { "\($0.queryCount) queries with \($0.k)" } ?? "none"
      throw IndexError(
        .invalidArgument,
        "the criterion needs the ground truth of \(queryCount) queries with \(places) neighbours"
          + " each, it has \(had)")
    }
    guard found.queryCount == queryCount, found.k >= neighborCount else {
      throw IndexError(
        .invalidArgument,
        "the criterion judges \(queryCount) queries with \(neighborCount) neighbours each, got"
          + " \(found.queryCount) with \(found.k)")
    }
    return truth
  }
}

/// The share of queries whose nearest neighbour is among the first R results: 1-recall@R.
///
/// ```swift
/// var criterion = OneRecallAtRCriterion(queryCount: 1000, r: 10)
/// criterion.setGroundTruth(exact)
/// ```
///
/// Ids are compared, not distances, as in faiss. Queries without a true neighbour are left out;
/// faiss counts them as found when the result is empty too.
///
/// faiss: `OneRecallAtRCriterion`.
public struct OneRecallAtRCriterion: TuningCriterion {
  /// Queries that results must be of.
  public let queryCount: Int
  /// Places among which the nearest neighbour may be. faiss: `R`.
  public let r: Int
  /// Exact results, set by ``setGroundTruth(_:)``.
  public private(set) var truth: Neighbors?

  /// Neighbours per query to search for: R.
  public var neighborCount: Int { r }

  /// Judges results of `queryCount` queries; R below 1 is taken as 1.
  public init(queryCount: Int, r: Int) {
    self.queryCount = queryCount
    self.r = max(1, r)
  }

  /// Takes exact results with at least one place per query. faiss: `set_groundtruth`.
  public mutating func setGroundTruth(_ truth: Neighbors) { self.truth = truth }

  /// The share of queries that succeed; 1 if there is nothing to find.
  public func evaluate(_ found: Neighbors) throws(IndexError) -> Double {
    let truth = try require(found, against: truth, places: 1)
    var (hits, asked) = (0, 0)
    for query in 0..<queryCount {
      let nearest = truth.ids[query * truth.k]
      guard nearest >= 0 else { continue }
      asked += 1
      let first = query * found.k
      if found.ids[first..<first + r].contains(nearest) { hits += 1 }
    }
    return asked == 0 ? 1 : Double(hits) / Double(asked)
  }
}

/// The share of the true first R that are among the first R results: R-recall@R.
///
/// Ids are compared, not distances, as in faiss, and an id counts once. Places that the truth
/// cannot fill are left out; faiss counts them as missed.
///
/// faiss: `IntersectionCriterion`.
public struct IntersectionCriterion: TuningCriterion {
  /// Queries that results must be of.
  public let queryCount: Int
  /// Places that are compared. faiss: `R`.
  public let r: Int
  /// Exact results, set by ``setGroundTruth(_:)``.
  public private(set) var truth: Neighbors?

  /// Neighbours per query to search for: R.
  public var neighborCount: Int { r }

  /// Judges results of `queryCount` queries; R below 1 is taken as 1.
  public init(queryCount: Int, r: Int) {
    self.queryCount = queryCount
    self.r = max(1, r)
  }

  /// Takes exact results with at least R places per query. faiss: `set_groundtruth`.
  public mutating func setGroundTruth(_ truth: Neighbors) { self.truth = truth }

  /// The share that was found, over all queries; 1 if there is nothing to find.
  public func evaluate(_ found: Neighbors) throws(IndexError) -> Double {
    let truth = try require(found, against: truth, places: r)
    var (hits, asked) = (0, 0)
    for query in 0..<queryCount {
      let exact = Set(truth.ids[query * truth.k..<query * truth.k + r].filter { $0 >= 0 })
      let first = query * found.k
      hits += exact.intersection(found.ids[first..<first + r]).count
      asked += exact.count
    }
    return asked == 0 ? 1 : Double(hits) / Double(asked)
  }
}

/// Recall on queries that may be vectors of the index, each left out of its own results, with
/// equal distances counted as found (see ``HeldOutQueries`` and ``SearchMeasure``).
public struct HeldOutCriterion: TuningCriterion {
  /// The queries with their exact neighbours.
  public let queries: HeldOutQueries
  /// Places that are compared, at least 1.
  public let k: Int
  /// The metric of the index, which decides what an equal distance is.
  public let metric: Metric

  /// Queries that results must be of.
  public var queryCount: Int { queries.ownIDs.count }
  /// Neighbours per query to search for: one more, since a query may find itself.
  public var neighborCount: Int { k + 1 }

  /// Judges by `k` places, at most as many as the truth has.
  public init(_ queries: HeldOutQueries, k: Int = 10, metric: Metric) {
    self.queries = queries
    self.k = max(1, min(k, queries.k))
    self.metric = metric
  }

  /// k-recall@k without the queries themselves.
  public func evaluate(_ found: Neighbors) throws(IndexError) -> Double {
    let truth = try require(found, against: queries.truth, places: k)
    return SearchMeasure.recall(
      of: found.dropping(queries.ownIDs, k: k, metric: metric), against: truth, k: k,
      metric: metric)
  }
}
