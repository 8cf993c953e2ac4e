public import VicinalCore

/// Recall for one k, with how sure it is.
public struct RecallFigure: Sendable, Equatable {
  /// Neighbours asked for.
  public var k: Int
  /// The share, 0…1, of the true k nearest among the k answers.
  public var share: Double
  /// Lower end of the 95 % Wilson interval.
  public var low: Double
  /// Upper end of the 95 % Wilson interval.
  public var high: Double
  /// The share that faiss finds with the same parameters where that is another one: graphs with
  /// efSearch below k, since its walks end at efSearch.
  public var shareInFaiss: Double?

  /// A figure from a file.
  public init(k: Int, share: Double, low: Double, high: Double) {
    (self.k, self.share, self.low, self.high) = (k, share, low, high)
  }

  /// A measured figure.
  ///
  /// The trials of the interval are the queries, not their neighbours: those of one query are
  /// found or missed together.
  public init(k: Int, share: Double, queryCount: Int) {
    let interval = MeasuredPoint.wilsonInterval(share: share, count: queryCount)
    self.init(k: k, share: share, low: interval[0], high: interval[1])
  }
}

/// How long a step of a build took.
public struct StepTime: Sendable, Equatable, Codable {
  /// What was done.
  public var step: String
  /// Wall time.
  public var seconds: Double

  /// A step.
  public init(step: String, seconds: Double) {
    self.step = step
    self.seconds = seconds
  }
}

/// What built an index, so that a build can be repeated.
public struct BuildVersions: Sendable, Equatable, Codable {
  /// Vicinal's version.
  public var vicinal: String
  /// The instruction set of the kernels.
  public var kernels: String
  /// The Swift language version of the compiler, as far as it can be told: `6.3`.
  public var swift: String

  /// Those of this library, with the level of the kernels in use.
  public init(kernels: KernelLevel) {
    vicinal = vicinalVersion
    self.kernels = kernels.rawValue
    swift = Self.compiler
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}

/// The queries that an index was measured with.
public struct QueryOrigin: Sendable, Equatable, Codable {
  /// How many.
  public var count: Int
  /// Whether they were given, rather than taken out of the vectors (and out of their own results).
  public var areGiven: Bool
  /// Neighbours per query in the times.
  public var timedNeighbors: Int

  /// An origin.
  public init(count: Int, areGiven: Bool, timedNeighbors: Int = 40) {
    self.count = count
    self.areGiven = areGiven
    self.timedNeighbors = timedNeighbors
  }

  enum CodingKeys: String, CodingKey {
    case count
    case areGiven = "given"
    case timedNeighbors = "timed_k"
  }
}

/// What a build was asked to keep to, in AutoFaiss's terms; nil where nothing was asked.
public struct BuildBounds: Sendable, Equatable, Codable {
  /// Bytes that index and file may take.
  public var indexMemory: Int?
  /// Bytes that building may use.
  public var workMemory: Int?
  /// Mean time of a query.
  public var queryMilliseconds: Double?
  /// Share of the true ten nearest.
  public var targetRecall: Double?
  /// Neighbours that must come back.
  public var leastNeighbors: Int?
  /// Seconds that building may take.
  public var buildSeconds: Double?

  /// No bounds.
  public init() {}

  /// The bounds of a budget.
  public init(_ budget: Budget, leastNeighbors: Int? = nil, buildSeconds: Double? = nil) {
    indexMemory = budget.indexMemory.bytes
    workMemory = budget.workMemory.bytes
    queryMilliseconds = budget.queryMilliseconds
    targetRecall = budget.targetRecall
    self.leastNeighbors = leastNeighbors
    self.buildSeconds = buildSeconds
  }

  enum CodingKeys: String, CodingKey {
    case indexMemory = "max_index_memory_usage"
    case workMemory = "current_memory_available"
    case queryMilliseconds = "max_index_query_time_ms"
    case targetRecall = "target_recall"
    case leastNeighbors = "min_nearest_neighbors_to_retrieve"
    case buildSeconds = "max_build_time"
  }
}
