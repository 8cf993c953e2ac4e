/// What `build-index` writes beside the index: AutoFaiss's keys, with the same meaning, and more.
public struct IndexInfos: Sendable, Equatable, Codable {
  /// Factory string.
  public var indexKey = ""
  /// Search parameters stored in the index.
  public var indexParam = ""
  /// The index file.
  public var indexPath = ""
  /// Size of the index file.
  public var sizeInBytes = 0
  /// Mean time of single queries with k = 40.
  public var averageMilliseconds = 0.0
  /// 99th percentile of those.
  public var p99Milliseconds = 0.0
  /// Mean relative error of reconstructed vectors; 0 for indexes that keep floats.
  public var reconstructionErrorPercent = 0.0
  /// Vectors in the index.
  public var vectorCount = 0
  /// Floats per vector.
  public var dimension = 0
  /// Bytes of the bare floats divided by the size of the file.
  public var compressionRatio = 0.0
  /// 10-recall@10 on held-out queries.
  public var recallAt10 = 0.0
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
  /// The candidates that were compared; nil if the key was given.
  public var selection: SelectionReport?

  /// Everything empty.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case indexKey = "index_key"
    case indexParam = "index_param"
    case indexPath = "index_path"
    case sizeInBytes = "size in bytes"
    case averageMilliseconds = "avg_search_speed_ms"
    case p99Milliseconds = "99p_search_speed_ms"
    case reconstructionErrorPercent = "reconstruction error %"
    case vectorCount = "nb vectors"
    case dimension = "vectors dimension"
    case compressionRatio = "compression ratio"
    case recallAt10 = "10-recall@10"
    case queriesPerSecond = "queries_per_second"
    case metric = "metric_type"
    case memoryInBytes = "memory in bytes"
    case isAccelerated = "int8_companion"
    case peakMemoryInBytes = "peak memory in bytes"
    case buildSeconds = "build_seconds"
    case reason, warnings, selection
    case operatingPoints = "operating_points"
  }
}
