import Foundation
public import VicinalCore

/// What `score-index` writes: AutoFaiss's keys.
public struct IndexScores: Sendable, Equatable, Codable {
  /// Share of queries whose single answer is among the true 20.
  public var recall1At20: Double
  /// Share of queries whose single answer is among the true 40.
  public var recall1At40: Double
  /// Share of the true 10 found among 10.
  public var recall10: Double
  /// Share of the true 20 found among 20.
  public var recall20: Double
  /// Share of the true 40 found among 40.
  public var recall40: Double
  /// Mean time of single queries with k = 40.
  public var averageMilliseconds: Double
  /// 99th percentile of those.
  public var p99Milliseconds: Double
  /// Vectors in the index.
  public var vectorCount: Int
  /// Floats per vector.
  public var dimension: Int

  enum CodingKeys: String, CodingKey {
    case recall1At20 = "1-recall@20"
    case recall1At40 = "1-recall@40"
    case recall10 = "10-recall@10"
    case recall20 = "20-recall@20"
    case recall40 = "40-recall@40"
    case averageMilliseconds = "avg_search_speed_ms"
    case p99Milliseconds = "99p_search_speed_ms"
    case vectorCount = "nb vectors"
    case dimension = "vectors dimension"
  }

  /// Measures an index.
  public init(
    _ index: any VectorIndex, _ queries: HeldOutQueries, options: SearchOptions
  ) throws(IndexError) {
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    let found = try index.search(batch, k: queries.k + 1, options: options)
      .dropping(queries.ownIDs, k: queries.k, metric: index.metric)
    func recall(_ k: Int) -> Double {
      SearchMeasure.recall(
        of: found, against: queries.truth, k: min(k, queries.k), metric: index.metric)
    }
    // As with the other recalls, a query without true neighbours has nothing to find.
    let answerable = (0..<found.queryCount).filter { !queries.truth.row($0).isEmpty }
    func firstAmong(_ k: Int) -> Double {
      let hits = answerable.count { query in
        guard let first = found.row(query).first else { return false }
        return queries.truth.row(query).prefix(k).contains { $0.id == first.id }
      }
      return answerable.isEmpty ? 1 : Double(hits) / Double(answerable.count)
    }
    recall1At20 = firstAmong(20)
    recall1At40 = firstAmong(40)
    recall10 = recall(10)
    recall20 = recall(20)
    recall40 = recall(40)
    let latency = try SearchMeasure.latency(
      of: index, queries: batch, k: 40, options: options, seconds: 1)
    averageMilliseconds = latency.mean
    p99Milliseconds = latency.quantile(0.99)
    vectorCount = index.count
    dimension = index.dimension
  }

  /// Names and values for people.
  public var lines: [(String, String)] {
    [
      ("1-recall@20", String(format: "%.4f", recall1At20)),
      ("1-recall@40", String(format: "%.4f", recall1At40)),
      ("10-recall@10", String(format: "%.4f", recall10)),
      ("20-recall@20", String(format: "%.4f", recall20)),
      ("40-recall@40", String(format: "%.4f", recall40)),
      ("avg_search_speed_ms", String(format: "%.4f", averageMilliseconds)),
      ("99p_search_speed_ms", String(format: "%.4f", p99Milliseconds)),
      ("nb vectors", String(vectorCount)),
      ("vectors dimension", String(dimension)),
    ]
  }
}
