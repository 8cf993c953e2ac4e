/// What a choice of an index rests on: the data, everything that was considered, and the reason.
public struct SelectionReport: Sendable, Equatable, Codable {
  /// `measured` if candidates were built on a sample, `table` if AutoFaiss's table decided.
  public var method: String
  /// What is known about the vectors; nil if nobody looked at them.
  public var statistics: DataStatistics?
  /// The recall@10, 0…1, below which speed does not count; nil without such a wish.
  public var targetRecall: Double?
  /// Everything considered, the chosen candidate included, from the smallest file to the largest.
  public var candidates: [CandidateReport]
  /// Factory string of the choice.
  public var chosenKey: String
  /// Why, in a sentence.
  public var reason: String
  /// What was noticed on the way.
  public var warnings: [String]
  /// Time that choosing took.
  public var seconds: Double
  /// What the sample, the queries and all training were drawn from.
  public var seed: UInt64

  /// The choice of a key without candidates.
  public init(
    method: String, statistics: DataStatistics? = nil, targetRecall: Double? = nil,
    candidates: [CandidateReport] = [], chosenKey: String, reason: String,
    warnings: [String] = [], seconds: Double = 0, seed: UInt64 = 0
  ) {
    self.method = method
    self.statistics = statistics
    self.targetRecall = targetRecall
    self.candidates = candidates
    self.chosenKey = chosenKey
    self.reason = reason
    self.warnings = warnings
    self.seconds = seconds
    self.seed = seed
  }
}

/// What became of a candidate.
public enum CandidateVerdict: String, Sendable, Codable, CaseIterable {
  /// It is built.
  case chosen
  /// It was built on the sample and another one is better.
  case measured
  /// Its file or its memory would exceed the bound.
  case tooLarge
  /// It would take longer to build than allowed.
  case tooSlowToBuild
  /// It was given up early, since another one is at least as good in everything.
  case dominated
  /// It was not looked at, for want of time or since the choice was clear without it.
  case notTried
}

/// One candidate with what was predicted and measured of it.
public struct CandidateReport: Sendable, Equatable, Codable {
  /// Factory string for all vectors.
  public var key: String
  /// Whether the int8 companion is kept in memory beside the floats.
  public var isAccelerated: Bool
  /// Bytes of the file.
  public var predictedFileBytes: Int
  /// Bytes of the loaded index, companion included.
  public var predictedMemoryBytes: Int
  /// What became of it.
  public var verdict: CandidateVerdict
  /// Why, in a few words.
  public var reason: String
  /// Measured on the sample, from the fastest setting to the most accurate.
  public var samplePoints: [MeasuredPoint]
  /// The same settings extrapolated to all vectors.
  public var predictedPoints: [MeasuredPoint]
  /// Time of building it on the sample; nil if it was not built.
  public var buildSeconds: Double?
  /// Time of building it from all vectors, extrapolated.
  public var predictedBuildSeconds: Double?

  /// A candidate that was not measured yet.
  public init(
    key: String, isAccelerated: Bool, predictedFileBytes: Int, predictedMemoryBytes: Int,
    verdict: CandidateVerdict = .notTried, reason: String = "",
    samplePoints: [MeasuredPoint] = [], predictedPoints: [MeasuredPoint] = [],
    buildSeconds: Double? = nil, predictedBuildSeconds: Double? = nil
  ) {
    self.key = key
    self.isAccelerated = isAccelerated
    self.predictedFileBytes = predictedFileBytes
    self.predictedMemoryBytes = predictedMemoryBytes
    self.verdict = verdict
    self.reason = reason
    self.samplePoints = samplePoints
    self.predictedPoints = predictedPoints
    self.buildSeconds = buildSeconds
    self.predictedBuildSeconds = predictedBuildSeconds
  }
}

/// What is known about the vectors before anything is built.
public struct DataStatistics: Sendable, Equatable, Codable {
  /// Vectors.
  public var count: Int
  /// Floats per vector.
  public var dimension: Int
  /// Vectors that were looked at.
  public var sampleCount: Int
  /// Queries that candidates were measured with.
  public var queryCount: Int
  /// Whether those were given, rather than taken out of the vectors.
  public var queriesAreGiven: Bool
  /// Mean Euclidean length of the sample.
  public var meanNorm: Double
  /// Standard deviation of the lengths.
  public var normDeviation: Double
  /// The share, 0…1, of the sample's vectors that equal another one of it.
  public var duplicateShare: Double
  /// Dimensions that distances to neighbours suggest (maximum likelihood, Levina and Bickel
  /// 2004); nil where neighbours coincide or the metric is no distance.
  public var localIntrinsicDimension: Double?

  /// Statistics of a sample.
  public init(
    count: Int, dimension: Int, sampleCount: Int, queryCount: Int, queriesAreGiven: Bool,
    meanNorm: Double, normDeviation: Double, duplicateShare: Double,
    localIntrinsicDimension: Double? = nil
  ) {
    self.count = count
    self.dimension = dimension
    self.sampleCount = sampleCount
    self.queryCount = queryCount
    self.queriesAreGiven = queriesAreGiven
    self.meanNorm = meanNorm
    self.normDeviation = normDeviation
    self.duplicateShare = duplicateShare
    self.localIntrinsicDimension = localIntrinsicDimension
  }
}
