import Foundation

/// What an index finds, and how fast, under one setting of its search parameters.
///
/// In JSON, recalls stand beside the rest as `"recall@1"`, `"recall@10"` ….
public struct MeasuredPoint: Sendable, Equatable {
  /// The setting: `nprobe=16,k_factor_rf=4`; empty for an index without any.
  public var parameters: String
  /// The share, 0…1, of the true k nearest among the first k answers, by k.
  public var recall: [Int: Double]
  /// The 95 % Wilson interval of recall@10, low and high; empty if recall@10 is not known.
  public var recallInterval: [Double]
  /// Mean time of a single query on one thread.
  public var meanMilliseconds: Double
  /// Median time of a single query.
  public var p50Milliseconds: Double
  /// 95th percentile.
  public var p95Milliseconds: Double
  /// 99th percentile.
  public var p99Milliseconds: Double

  /// The values of k that recall is reported for.
  public static let reportedPlaces = [1, 10, 20, 100]

  /// A point with everything known.
  public init(
    parameters: String, recall: [Int: Double], recallInterval: [Double] = [],
    meanMilliseconds: Double, p50Milliseconds: Double, p95Milliseconds: Double,
    p99Milliseconds: Double
  ) {
    self.parameters = parameters
    self.recall = recall
    self.recallInterval = recallInterval
    self.meanMilliseconds = meanMilliseconds
    self.p50Milliseconds = p50Milliseconds
    self.p95Milliseconds = p95Milliseconds
    self.p99Milliseconds = p99Milliseconds
  }

  /// A measurement.
  ///
  /// - Parameters:
  ///   - recall: By k, with 10 among them.
  ///   - queryCount: Queries that recall was averaged over.
  public init(parameters: String, recall: [Int: Double], queryCount: Int, latency: Latency) {
    self.init(
      parameters: parameters, recall: recall,
      // The ten answers to a query are not independent: queries are the trials.
      recallInterval: recall[10].map { Self.wilsonInterval(share: $0, count: queryCount) } ?? [],
      meanMilliseconds: latency.mean, p50Milliseconds: latency.quantile(0.5),
      p95Milliseconds: latency.quantile(0.95), p99Milliseconds: latency.quantile(0.99))
  }

  /// The interval that holds the true share with 95 % confidence (Wilson 1927).
  ///
  /// - Parameters:
  ///   - share: Measured, 0…1.
  ///   - count: Trials, at least 0.
  /// - Returns: Low and high; `[0, 1]` without trials.
  public static func wilsonInterval(share: Double, count: Int) -> [Double] {
    guard count > 0 else { return [0, 1] }
    let (z, n) = (1.959963984540054, Double(count))
    let middle = share + z * z / (2 * n)
    let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return [max(0, (middle - half) / scale), min(1, (middle + half) / scale)]
  }
}

extension MeasuredPoint: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static let parameters = Key(stringValue: "parameters")
    static let interval = Key(stringValue: "recall_interval")
    static let mean = Key(stringValue: "mean_ms")
    static let p50 = Key(stringValue: "p50_ms")
    static let p95 = Key(stringValue: "p95_ms")
    static let p99 = Key(stringValue: "p99_ms")
    static let recallPrefix = "recall@"
    static func recall(_ k: Int) -> Key { Key(stringValue: "\(recallPrefix)\(k)") }
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    var recall: [Int: Double] = [:]
    for key in values.allKeys where key.stringValue.hasPrefix(Key.recallPrefix) {
      guard let k = Int(key.stringValue.dropFirst(Key.recallPrefix.count)) else { continue }
      recall[k] = try values.decode(Double.self, forKey: key)
    }
    self.init(
      parameters: try values.decode(String.self, forKey: .parameters), recall: recall,
      recallInterval: try values.decode([Double].self, forKey: .interval),
      meanMilliseconds: try values.decode(Double.self, forKey: .mean),
      p50Milliseconds: try values.decode(Double.self, forKey: .p50),
      p95Milliseconds: try values.decode(Double.self, forKey: .p95),
      p99Milliseconds: try values.decode(Double.self, forKey: .p99))
  }

  /// One flat object, recalls as `"recall@k"`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(parameters, forKey: .parameters)
    for (k, share) in recall.sorted(by: { $0.key < $1.key }) {
      try values.encode(share, forKey: .recall(k))
    }
    try values.encode(recallInterval, forKey: .interval)
    try values.encode(meanMilliseconds, forKey: .mean)
    try values.encode(p50Milliseconds, forKey: .p50)
    try values.encode(p95Milliseconds, forKey: .p95)
    try values.encode(p99Milliseconds, forKey: .p99)
  }
}
