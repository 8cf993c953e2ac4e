/// A search setting with what it was measured to bring, as `index_infos.json` reports it.
public struct TunedSetting: Sendable, Equatable, Codable {
  /// `nprobe=16`, `efSearch=64`, or empty for an index without knobs.
  public var parameters: String
  /// 10-recall@10 on held-out queries, 0…1.
  public var recall: Double
  /// Mean time of a single query.
  public var milliseconds: Double
  /// Whether the time is within the bound.
  public var isWithinBound: Bool

  /// The short form of a measurement.
  ///
  /// - Parameters:
  ///   - point: What was measured.
  ///   - milliseconds: What a query may take.
  public init(_ point: MeasuredPoint, within milliseconds: Double) {
    parameters = point.parameters
    recall = point.recall[10] ?? 0
    self.milliseconds = point.meanMilliseconds
    isWithinBound = point.meanMilliseconds <= milliseconds
  }
}
