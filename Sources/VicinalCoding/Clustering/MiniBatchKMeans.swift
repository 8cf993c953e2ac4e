import VicinalCompute
public import VicinalCore

/// k-means that sees a batch at a time: for vectors that do not fit into memory, or to be done
/// sooner than ``KMeans``.
///
/// Each batch moves the centroids towards the means of its vectors. What earlier batches said is
/// forgotten bit by bit: it was said about centroids that were not yet where they are now. The result
/// is the same for a seed and the same batches, whatever the number of threads.
///
/// ```swift
/// var clusters = try MiniBatchKMeans(k: 1024, dimension: 384, metric: .innerProduct)
/// try embeddings.forEachBatch(rows: clusters.batchSize) { batch, _ throws(IndexError) in
///   try clusters.update(batch)
/// }
/// let cells = try clusters.assign(queries).labels
/// ```
///
/// Sculley, "Web-scale k-means clustering", WWW 2010, with forgetting in place of a rate that falls
/// with the vectors seen.
public struct MiniBatchKMeans: Sendable {
  /// Clusters.
  public let k: Int
  /// Floats per vector.
  public let dimension: Int
  /// L2 or inner product.
  public let metric: Metric
  /// Whether centroids have length 1, so that inner products rank like cosine similarity.
  public let isSpherical: Bool
  /// How it is run.
  public let options: MiniBatchOptions
  /// Rows that a step is meant for; batches of other sizes are taken too.
  public let batchSize: Int

  /// `k × dimension` floats, row-major; none before there were enough vectors to begin.
  public internal(set) var centroids: [Float] = []

  /// For each step the mean distance (similarity) of its vectors to their centroids.
  public internal(set) var history: [Double] = []

  /// Clusters that took over half of another because they held nearly nothing.
  public internal(set) var repairs = 0

  /// Whether the last steps say that more would bring nothing, as far as ``MiniBatchOptions/tolerance``
  /// tells; not before 256 vectors for each cluster, or all there are, were seen. More may be given all
  /// the same.
  public internal(set) var isConverged = false

  /// Whether there are centroids.
  public var isTrained: Bool { !centroids.isEmpty }

  /// Sums of vectors and their number, per cluster, older ones counting less.
  var sums: [Double] = []
  var masses: [Double] = []
  /// Sums of the squared distances of vectors to their clusters, older ones counting less.
  var errors: [Double] = []
  /// Rows kept until there are enough to begin.
  var waiting: [Float] = []
  /// Vectors that steps were made with, and how many there must be before learning may end by itself.
  var rowsSeen = 0
  var leastRows: Int
  var generator: SplitMix64

  /// Nothing learnt yet.
  ///
  /// - Parameters:
  ///   - k: Clusters, at least 1.
  ///   - dimension: Floats per vector, at least 1.
  ///   - metric: L2 or inner product.
  ///   - isSpherical: Whether centroids are put onto the unit sphere; as they are under inner product
  ///     unless given.
  ///   - options: Batches, start, end.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    k: Int, dimension: Int, metric: Metric = .l2, isSpherical: Bool? = nil,
    options: MiniBatchOptions = MiniBatchOptions()
  ) throws(IndexError) {
    guard k >= 1, dimension >= 1 else {
      throw IndexError(
        .invalidArgument,
        "k-means needs at least 1 cluster and 1 dimension, got \(k) and \(dimension)")
    }
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(
        .invalidArgument, "mini-batch k-means works with L2 or inner product, not \(metric)")
    }
    try options.validate()
    _ = try checkedProduct(k, dimension, 12, of: "the centroids")
    (self.k, self.dimension, self.metric, self.options) = (k, dimension, metric, options)
    self.isSpherical = isSpherical ?? (metric == .innerProduct)
    batchSize = options.batchSize(for: k)
    generator = SplitMix64(seed: options.seed)
    leastRows = saturatingProduct(k, Self.leastRowsPerCluster)
  }

  /// Vectors for each cluster that are looked at even if steps seem to gain nothing before: means of
  /// small batches differ more from each other than those of a few steps gain.
  static let leastRowsPerCluster = 256

  /// The nearest cluster of each vector, and its distance (similarity).
  ///
  /// - Throws: ``IndexError/Code/notTrained``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/cancelled``.
  public func assign(
    _ vectors: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) -> (labels: [Int64], values: [Float]) {
    try requireTrained()
    try require(vectors, of: "vectors to assign")
    let found = try nearest(execution).assign(vectors, execution: execution)
    return (found.ids, found.values)
  }

  /// Compares every vector with every centroid: distances (similarities), `k` per vector.
  ///
  /// - Throws: As ``assign(_:execution:)``.
  public func compare(
    _ vectors: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) -> [Float] {
    try requireTrained()
    try require(vectors, of: "vectors to compare")
    let size = try checkedProduct(vectors.count, k, of: "the distances")
    let kernels = try KernelSet(execution.kernels)
    var values = [Float](repeating: 0, count: size)
    var span = values.mutableSpan
    for row in 0..<vectors.count {
      try execution.checkCancellation()
      var part = span._mutatingExtracting(row * k..<(row + 1) * k)
      kernels.distances(
        from: vectors.row(row), to: centroids.span.rawBytes, metric: metric, into: &part)
    }
    return values
  }

  func nearest(_ execution: Execution) throws(IndexError) -> NearestRows {
    NearestRows(
      rows: try VectorBatch(centroids.span, dimension: dimension), metric: metric,
      kernels: try KernelSet(execution.kernels), isRoundingFree: true)
  }

  func require(_ vectors: borrowing VectorBatch, of role: String) throws(IndexError) {
    guard vectors.dimension == dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(role) have dimension \(vectors.dimension), the clusters have \(dimension)")
    }
    try vectors.requireFinite(of: role)
  }

  func requireTrained() throws(IndexError) {
    guard isTrained else {
      throw IndexError(
        .notTrained,
        "there are no clusters yet: \(waiting.count / dimension) of the \(startRows) vectors to begin"
          + " with have come; give more batches, or call finish()")
    }
  }

  /// Rows from which the first centroids are drawn.
  var startRows: Int {
    switch options.start {
    case .sample: max(k, batchSize)
    case .plusPlus: max(k > Int.max / 8 ? k : 8 * k, batchSize)
    }
  }
}
