/// How k-means is run, with faiss's defaults and meanings. faiss: `ClusteringParameters`.
public struct KMeansOptions: Sendable, Equatable, Codable {
  /// Rounds of assignment and update, at least 1. faiss: `niter`.
  public var iterations = 25

  /// Runs from different starting points; the one with the best objective is kept. At least 1.
  /// faiss: `nredo`.
  public var redos = 1

  /// Whether centroids are normalised after each round. faiss: `spherical`.
  public var isSpherical = false

  /// More points than this for each centroid are not looked at: a random sample is taken.
  /// faiss: `max_points_per_centroid`.
  public var maxPointsPerCentroid = 256

  /// With fewer points than this for each centroid, the result carries a warning.
  /// faiss: `min_points_per_centroid`.
  public var minPointsPerCentroid = 39

  /// Everything random follows from it. faiss: `seed`.
  public var seed: UInt64 = 1234

  /// Whether given starting centroids stay where they are. faiss: `frozen_centroids`.
  public var areInitialCentroidsFrozen = false

  /// Goes through the points in batches instead of rounds: three times in all unless told otherwise,
  /// for an objective within 2 % of that of ``iterations`` rounds for embeddings and the like; more above
  /// it where a few far vectors make most of the error. Then ``iterations`` do not count, there are no
  /// weights, and the seed is ``seed``. `nil` for full k-means.
  public var miniBatch: MiniBatchOptions?

  /// faiss's defaults.
  public init() {}
}

/// What one round of k-means did. faiss: `ClusteringIterationStats`.
public struct KMeansIteration: Sendable, Equatable, Codable {
  /// Sum of the points' distances (similarities) to their centroids, before the update.
  public var objective: Double
  /// n · Σ sizes² / n²: 1 when all clusters are equally large. faiss: `imbalance_factor`.
  public var imbalance: Double
  /// Empty clusters that were refilled by splitting others. faiss: `nsplit`.
  public var splits: Int
}

/// Centroids and how they were found.
public struct KMeansResult: Sendable, Equatable {
  /// Clusters.
  public var k: Int
  /// Floats per centroid.
  public var dimension: Int
  /// `k × dimension` floats, row-major.
  public var centroids: [Float]
  /// The rounds of the run that was kept.
  public var iterations: [KMeansIteration]
  /// Points that were looked at, after sampling.
  public var pointCount: Int
  /// What the caller should know, for example that there were few points.
  public var warnings: [String]
}
