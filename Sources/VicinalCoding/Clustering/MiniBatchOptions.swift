import VicinalCore

/// How mini-batch k-means is run.
public struct MiniBatchOptions: Sendable, Equatable, Codable {
  /// Rows of one step, at least 1; `nil` for 1,024 or twice the clusters, whichever is more.
  public var batchSize: Int?

  /// Times that rows held in memory are gone through, in a new random order each time, at least 1.
  public var passes = 2

  /// Steps at most, at least 1; `nil` for no limit.
  public var maxSteps: Int?

  /// Learning ends when the mean distance of `patience` steps is not smaller than that of as many
  /// steps before by this part of it, twice running; negative for never.
  public var tolerance = 1e-4

  /// Steps whose mean is compared, at least 1.
  public var patience = 10

  /// A cluster that holds less than this part of what the largest holds is given up, and takes over half
  /// of one whose vectors are far from its centroid, 0 ..< 1. Clusters of nothing always are.
  public var leastShare = 0.005

  /// Rounds of full k-means at the end, over rows held in memory, 0 or more.
  public var finalPasses = 1

  /// Where centroids begin.
  public var start = Start.sample

  /// Everything random follows from it.
  public var seed: UInt64 = 1234

  /// Where centroids begin.
  public enum Start: String, Sendable, Equatable, Codable, CaseIterable {
    /// At different rows drawn at random.
    case sample
    /// At rows drawn one after the other, those far from the ones before more often: Arthur and
    /// Vassilvitskii, "k-means++", SODA 2007. For few clusters.
    case plusPlus
  }

  /// Defaults for clusters that come close to those of full k-means.
  public init() {}

  /// Rows of one step for so many clusters.
  func batchSize(for k: Int) -> Int {
    batchSize ?? max(1024, k > Int.max / 2 ? k : 2 * k)
  }

  /// Requires numbers within their ranges.
  func validate() throws(IndexError) {
    func require(
      _ isRight: Bool, _ name: String, _ range: String, _ value: String
    ) throws(IndexError) {
      guard isRight else {
        throw IndexError(
          .invalidArgument, "\(name) of mini-batch k-means must be \(range), got \(value)")
      }
    }
    if let batchSize { try require(batchSize >= 1, "batchSize", "at least 1", "\(batchSize)") }
    if let maxSteps { try require(maxSteps >= 1, "maxSteps", "at least 1", "\(maxSteps)") }
    try require(passes >= 1, "passes", "at least 1", "\(passes)")
    try require(patience >= 1, "patience", "at least 1", "\(patience)")
    try require(finalPasses >= 0, "finalPasses", "at least 0", "\(finalPasses)")
    try require(!tolerance.isNaN, "tolerance", "a number", "\(tolerance)")
    try require(leastShare >= 0 && leastShare < 1, "leastShare", "0 ..< 1", "\(leastShare)")
  }
}
