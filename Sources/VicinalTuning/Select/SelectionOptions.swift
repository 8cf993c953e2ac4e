public import VicinalCore
public import VicinalDatasets

/// How an index is chosen.
public struct SelectionOptions: Sendable {
  /// How vectors are compared.
  public var metric: Metric
  /// What decides; all of the following that is about samples and queries is for measuring.
  public var method = SelectionMethod.measured
  /// Whether vectors are scaled to length 1 first, which with the inner product is cosine.
  public var isNormalized = false
  /// Memory, latency and recall asked for.
  public var budget: Budget
  /// Recall at this many places counts, at least 1.
  public var k = 10
  /// Draws the sample, the queries and all training.
  public var seed: UInt64 = 1234
  /// Vectors that candidates are built from, at most; fewer if the work memory is small.
  public var sampleCount = 50_000
  /// Vectors that are taken out of the sample as queries, at most a tenth of all.
  public var queryCount = 1_000
  /// Choosing begins nothing new after so long.
  public var timeLimit = Duration.seconds(60)
  /// Building may take so long, choosing included; nil for as long as it takes.
  public var buildTimeLimit: Duration?
  /// Resident memory of the process that builds the index; what cannot be built in it is not chosen.
  /// Nil for any.
  public var buildMemory: MemorySize?
  /// Whether lists that do not fit that memory may be put together on disk.
  public var mayBuildOnDisk = true
  /// Whether to do without int8 companions.
  public var isFloatOnly = false
  /// Real queries, used instead of vectors that are held out.
  public var queries: (any EmbeddingSource)?

  /// Chooses for a metric and a budget.
  public init(metric: Metric, budget: Budget = Budget()) {
    self.metric = metric
    self.budget = budget
  }

  /// Up to this number of vectors exhaustive search is taken as it is if it is fast enough.
  static let flatBelow = 5_000

  /// Below this number of vectors, codes are not compared with floats that are fast enough: they
  /// would save little memory and little time.
  static let codesFrom = 20_000

  /// The share of the time allowed that is fast enough then.
  static let fastShare = 0.01

  /// A time bound is given up once everything is slower than so many times the bound.
  static let hopelessFactor = 4.0

  /// Requires values that make sense.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``.
  func validate() throws(IndexError) {
    guard k >= 1, sampleCount >= 1, queryCount >= 1, (0...1).contains(budget.targetRecall),
      budget.queryMilliseconds > 0
    else {
      throw IndexError(
        .invalidArgument,
        "k, sampleCount and queryCount must be at least 1, targetRecall 0…1 and the time of a query"
          + " above 0; got \(k), \(sampleCount), \(queryCount), \(budget.targetRecall) and"
          + " \(budget.queryMilliseconds)")
    }
  }
}
