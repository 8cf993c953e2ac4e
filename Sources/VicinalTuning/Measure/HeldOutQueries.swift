public import VicinalCore
import VicinalIndexes

/// Queries to judge an index by, with their exact neighbours.
///
/// When the queries are vectors of the index, each would find itself and flatter the index; the
/// vector itself is therefore left out of truth and results alike, and walks of a graph go around
/// it, since its links lead to its neighbours (HNSW16, 30,000 vectors: 0.9998 for 0.9979).
public struct HeldOutQueries: Sendable {
  /// Floats per query.
  public let dimension: Int

  /// Row-major queries.
  public let values: [Float]

  /// The id of each query in the index, or −1 if it is not in there.
  public let ownIDs: [Int64]

  /// Exact neighbours, without the query itself.
  public let truth: Neighbors

  /// Places of the truth.
  public var k: Int { truth.k }

  /// Takes queries with known exact neighbours.
  public init(dimension: Int, values: [Float], ownIDs: [Int64], truth: Neighbors) {
    self.dimension = dimension
    self.values = values
    self.ownIDs = ownIDs
    self.truth = truth
  }

  /// Takes vectors of the index as queries and finds their exact neighbours by an exhaustive
  /// search through the index itself.
  ///
  /// - Parameters:
  ///   - count: Queries wanted; fewer if the index holds fewer.
  ///   - k: Neighbours per query.
  public static func sampled(
    from index: any VectorIndex, count: Int, k: Int, seed: UInt64 = 7,
    execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries? {
    guard let exact = index.core as? any ExhaustivelySearchable, exact.count > 0 else {
      return nil
    }
    var generator = SplitMix64(seed: seed)
    let positions = sampleWithoutReplacement(count, of: exact.count, using: &generator)
    var (own, values) = try exact.vectors(at: positions)
    let batch = try VectorBatch(values.span, dimension: index.dimension)
    var found = try exact.exhaustiveSearch(batch, k: k + 1, execution: execution)
    if let names = (index as? IDMapIndex)?.ids {
      // The index answers with the caller's ids.
      for place in found.ids.indices where found.ids[place] >= 0 {
        found.ids[place] = names[Int(found.ids[place])]
      }
      own = own.map { names[Int($0)] }
    }
    return HeldOutQueries(
      dimension: index.dimension, values: values, ownIDs: own,
      truth: found.dropping(own, k: k, metric: index.metric))
  }

  /// Recall@k of an index under some options.
  public func recall(
    of index: any VectorIndex, k: Int, options: SearchOptions
  ) throws(IndexError) -> Double {
    let batch = try VectorBatch(values.span, dimension: dimension)
    let found = try index.search(batch, k: k + 1, options: avoidingOwn(options))
    return SearchMeasure.recall(
      of: found.dropping(ownIDs, k: k, metric: index.metric), against: truth, k: k,
      metric: index.metric)
  }
}

extension HeldOutQueries {
  /// So many of the queries, evenly spread.
  func thinned(to count: Int) -> HeldOutQueries {
    let total = ownIDs.count
    guard count > 0, count < total else { return self }
    var few = Neighbors(empty: count, k: k, metric: .l2)
    var (floats, own): ([Float], [Int64]) = ([], [])
    for place in 0..<count {
      let query = place * total / count
      floats += values[query * dimension..<(query + 1) * dimension]
      own.append(ownIDs[query])
      for (rank, found) in truth.row(query).enumerated() {
        few.ids[place * k + rank] = found.id
        few.distances[place * k + rank] = found.distance
      }
    }
    return HeldOutQueries(dimension: dimension, values: floats, ownIDs: own, truth: few)
  }

  /// The same search, which does not find queries that are in the index by their own links.
  func avoidingOwn(_ options: SearchOptions) -> SearchOptions {
    guard ownIDs.contains(where: { $0 >= 0 }) else { return options }
    var options = options
    options.avoidedNodes = ownIDs
    return options
  }
}

extension Neighbors {
  /// Leaves out one id per query and keeps the first `k` of the rest.
  func dropping(_ own: [Int64], k: Int, metric: Metric) -> Neighbors {
    var kept = Neighbors(empty: queryCount, k: k, metric: metric)
    for query in 0..<queryCount {
      let rows = row(query).filter { $0.id != own[query] }
      for (place, found) in rows.prefix(k).enumerated() {
        kept.ids[query * k + place] = found.id
        kept.distances[query * k + place] = found.distance
      }
    }
    return kept
  }
}
