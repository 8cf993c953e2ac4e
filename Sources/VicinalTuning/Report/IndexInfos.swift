/// What `build-index` writes beside the index: AutoFaiss's keys, with the same meaning, and more.
///
/// Times are milliseconds per single query with k = 40 on one thread; sizes are bytes; shares are 0…1 unless their name says percent.
public struct IndexInfos: Sendable, Equatable {
  /// Factory string.
  public var indexKey = ""
  /// Search parameters stored in the index.
  public var indexParam = ""
  /// The index file.
  public var indexPath = ""
  /// Size of the index file.
  public var sizeInBytes = 0
  /// Mean time of single queries.
  public var averageMilliseconds = 0.0
  /// Median of those.
  public var p50Milliseconds = 0.0
  /// 95th percentile of those.
  public var p95Milliseconds = 0.0
  /// 99th percentile of those.
  public var p99Milliseconds = 0.0
  /// Mean error of reconstructed vectors, relative to their mean length; 0 for indexes that keep
  /// floats.
  public var reconstructionErrorPercent = 0.0
  /// Vectors in the index.
  public var vectorCount = 0
  /// Floats per vector.
  public var dimension = 0
  /// Bytes of the bare floats divided by the size of the file.
  public var compressionRatio = 0.0
  /// 10-recall@10 on held-out queries.
  public var recallAt10 = 0.0
  /// Recall for some k, each measured with a search for k neighbours.
  public var recalls: [RecallFigure] = []
  /// Queries per second when searched in one batch.
  public var queriesPerSecond = 0.0
  /// The metric: l2, ip or cosine.
  public var metric = ""
  /// Memory of the loaded index, int8 companion included.
  public var memoryInBytes = 0
  /// Whether the int8 companion fits the memory bound.
  public var isAccelerated = false
  /// Largest resident memory of the building process.
  public var peakMemoryInBytes = 0
  /// Seconds from start to finish.
  public var buildSeconds = 0.0
  /// Why this index was chosen.
  public var reason = ""
  /// What was noticed on the way.
  public var warnings: [String] = []
  /// Everything that tuning measured.
  public var operatingPoints: [TunedSetting] = []
  /// Size of the file that was predicted before building; nil if nobody did.
  public var predictedSizeInBytes: Int?
  /// Memory of the loaded index that was predicted before building; nil if nobody did.
  public var predictedMemoryInBytes: Int?
  /// The candidates that were compared; nil if the key was given.
  public var selection: SelectionReport?
  /// What training, samples and queries were drawn with.
  public var seed: UInt64?
  /// What built the index.
  public var versions: BuildVersions?
  /// Times per step, in the order in which steps began.
  public var steps: [StepTime] = []
  /// What recall and times were measured with.
  public var queries: QueryOrigin?
  /// What was asked for.
  public var bounds: BuildBounds?

  /// Everything empty.
  public init() {}
}
