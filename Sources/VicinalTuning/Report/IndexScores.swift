import Foundation
public import VicinalCore
import VicinalIndexes

/// What `score-index` writes: AutoFaiss's keys, with their meaning, and more.
public struct IndexScores: Sendable, Equatable {
  /// Share of queries whose single answer is among the true 20.
  public var recall1At20 = 0.0
  /// Share of queries whose single answer is among the true 40.
  public var recall1At40 = 0.0
  /// Share of the true 10 found among 10.
  public var recall10 = 0.0
  /// Share of the true 20 found among 20.
  public var recall20 = 0.0
  /// Share of the true 40 found among 40.
  public var recall40 = 0.0
  /// Recall for some k, each measured with a search for k neighbours.
  public var recalls: [RecallFigure] = []
  /// Mean time of single queries with k = 40 on one thread.
  public var averageMilliseconds = 0.0
  /// Median of those.
  public var p50Milliseconds = 0.0
  /// 95th percentile of those.
  public var p95Milliseconds = 0.0
  /// 99th percentile of those.
  public var p99Milliseconds = 0.0
  /// Mean error of reconstructed queries, relative to their mean length; 0 for indexes that keep
  /// floats.
  public var reconstructionErrorPercent = 0.0
  /// Size of the index file; 0 until ``describe(sizeInBytes:)``.
  public var sizeInBytes = 0
  /// Bytes of the bare floats divided by the size of the file.
  public var compressionRatio = 0.0
  /// Vectors in the index.
  public var vectorCount = 0
  /// Floats per vector.
  public var dimension = 0
  /// What was measured with.
  public var queries: QueryOrigin?

  /// Measures an index.
  ///
  /// - Parameter areGiven: Whether the queries were given, rather than taken out of the vectors.
  public init(
    _ index: any VectorIndex, _ queries: HeldOutQueries, areGiven: Bool = false,
    options: SearchOptions
  ) throws(IndexError) {
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    self.queries = QueryOrigin(count: batch.count, areGiven: areGiven)
    let most = min(40, queries.k)
    let found = try index.search(batch, k: most + 1, options: queries.avoidingOwn(options))
      .dropping(queries.ownIDs, k: most, metric: index.metric)
    func recall(_ k: Int) -> Double {
      SearchMeasure.recall(
        of: found, against: queries.truth, k: min(k, most), metric: index.metric)
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
    recalls = try queries.recallFigures(of: index, options: options)
    var single = options
    single.execution.workers = 1
    let latency = try SearchMeasure.latency(
      of: index, queries: batch, k: 40, options: single, seconds: 1)
    averageMilliseconds = latency.mean
    p50Milliseconds = latency.quantile(0.5)
    p95Milliseconds = latency.quantile(0.95)
    p99Milliseconds = latency.quantile(0.99)
    reconstructionErrorPercent = try index.reconstructionErrorPercent(
      of: batch, execution: options.execution)
    vectorCount = index.count
    dimension = index.dimension
  }

  /// Fills in what depends on the size of the file.
  public mutating func describe(sizeInBytes: Int) {
    self.sizeInBytes = sizeInBytes
    compressionRatio =
      Double(vectorCount) * Double(dimension) * 4 / Double(max(1, sizeInBytes))
  }

  /// Names and values for people.
  public var lines: [(String, String)] {
    let figures = recalls.map {
      (
        "recall@\($0.k)",
        String(format: "%.4f (95 %% interval %.4f to %.4f)", $0.share, $0.low, $0.high)
          + ($0.shareInFaiss.map { String(format: ", %.4f in faiss", $0) } ?? "")
      )
    }
    return [
      ("1-recall@20", String(format: "%.4f", recall1At20)),
      ("1-recall@40", String(format: "%.4f", recall1At40)),
      ("10-recall@10", String(format: "%.4f", recall10)),
      ("20-recall@20", String(format: "%.4f", recall20)),
      ("40-recall@40", String(format: "%.4f", recall40)),
    ] + figures + [
      ("avg_search_speed_ms", String(format: "%.4f", averageMilliseconds)),
      ("50p_search_speed_ms", String(format: "%.4f", p50Milliseconds)),
      ("95p_search_speed_ms", String(format: "%.4f", p95Milliseconds)),
      ("99p_search_speed_ms", String(format: "%.4f", p99Milliseconds)),
      ("reconstruction error %", String(format: "%.4f", reconstructionErrorPercent)),
      ("size in bytes", String(sizeInBytes)),
      ("compression ratio", String(format: "%.4f", compressionRatio)),
      ("nb vectors", String(vectorCount)),
      ("vectors dimension", String(dimension)),
    ]
  }
}

extension IndexScores: Encodable {
  /// One flat object with AutoFaiss's names.
  public func encode(to encoder: any Encoder) throws {
    var file = FieldWriter(encoder)
    try file.write("1-recall@20", recall1At20)
    try file.write("1-recall@40", recall1At40)
    try file.write("10-recall@10", recall10)
    try file.write("20-recall@20", recall20)
    try file.write("40-recall@40", recall40)
    try file.write(recalls)
    try file.write("avg_search_speed_ms", averageMilliseconds)
    try file.write("50p_search_speed_ms", p50Milliseconds)
    try file.write("95p_search_speed_ms", p95Milliseconds)
    try file.write("99p_search_speed_ms", p99Milliseconds)
    try file.write("reconstruction error %", reconstructionErrorPercent)
    try file.write("size in bytes", sizeInBytes)
    try file.write("compression ratio", compressionRatio)
    try file.write("nb vectors", vectorCount)
    try file.write("vectors dimension", dimension)
    try file.write("queries", queries)
  }
}
