public import CVicinal
import Vicinal

// k-means and search without an index, of vicinal_coding.h.

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_kmeans(
  _ n: Int64, _ dimension: Int64, _ points: UnsafePointer<Float>?,
  _ weights: UnsafePointer<Float>?, _ k: Int64,
  _ options: UnsafePointer<vicinal_kmeans_options>?, _ initialCount: Int64,
  _ initial: UnsafePointer<Float>?, _ work: UnsafePointer<vicinal_work>?,
  _ centroids: UnsafeMutablePointer<Float>?,
  _ rounds: UnsafeMutablePointer<vicinal_kmeans_round>?,
  _ roundCount: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let dimension = try count(dimension, "the dimension", from: 1)
    let clusters = try count(k, "k", from: 1)
    let values = unsafe try array(points, n, dimension, "points")
    let weights = unsafe try weights == nil ? nil : Array(array(weights, n, 1, "weights"))
    let start = unsafe try Array(array(initial, initialCount, dimension, "initial centroids"))
    let (settings, metric) = unsafe try kmeansOptions(options?.pointee)
    let execution = unsafe try execution(work)
    let room = unsafe try place(centroids, k, dimension, "centroids")
    let reports =
      unsafe try rounds == nil
      ? nil : place(rounds, Int64(settings.iterations), 1, "rounds")
    let found = try KMeans.cluster(
      VectorBatch(unsafe values.span, dimension: dimension), k: clusters, options: settings,
      metric: metric, weights: weights, initialCentroids: start, execution: execution)
    unsafe try copy(found.centroids, to: room)
    if let reports = unsafe reports {
      for (place, round) in found.iterations.prefix(reports.count).enumerated() {
        unsafe reports[place] = vicinal_kmeans_round(
          objective: round.objective, imbalance: round.imbalance, splits: Int64(round.splits))
      }
    }
    if let roundCount = unsafe roundCount {
      unsafe roundCount.pointee = Int64(found.iterations.count)
    }
  }
}

/// The settings of k-means in a caller's struct.
func kmeansOptions(
  _ given: vicinal_kmeans_options?
) throws(IndexError) -> (KMeansOptions, Metric) {
  var options = KMeansOptions()
  guard let given else { return (options, .l2) }
  options.iterations = try count(given.niter, "niter", from: 1)
  options.redos = try count(given.nredo, "nredo", from: 1)
  options.maxPointsPerCentroid = try count(
    given.max_points_per_centroid, "max_points_per_centroid", from: 1)
  options.minPointsPerCentroid = try count(
    given.min_points_per_centroid, "min_points_per_centroid")
  options.seed = given.seed
  options.isSpherical = given.spherical != 0
  options.areInitialCentroidsFrozen = given.frozen_centroids != 0
  if given.batch_size != 0 {
    var batches = MiniBatchOptions()
    batches.batchSize =
      given.batch_size == -1 ? nil : try count(given.batch_size, "batch_size", from: 1)
    options.miniBatch = batches
  }
  return (options, try Metric(faissCode: given.metric))
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_knn(
  _ queryCount: Int64, _ queries: UnsafePointer<Float>?, _ n: Int64,
  _ vectors: UnsafePointer<Float>?, _ dimension: Int64, _ k: Int64, _ metric: Int32,
  _ metricArgument: Float, _ distances: UnsafeMutablePointer<Float>?,
  _ ids: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let dimension = try count(dimension, "the dimension", from: 1)
    let k = try count(k, "k", from: 1)
    let asked = unsafe try array(queries, queryCount, dimension, "queries")
    let values = unsafe try array(vectors, n, dimension, "vectors")
    let distances = unsafe try place(distances, queryCount, k, "distances")
    let ids = unsafe try place(ids, queryCount, k, "ids")
    let execution = try execution(nil)
    // Quantised companions pay only where vectors are searched more than once.
    var index = FlatIndex(
      dimension: dimension, metric: try Metric(faissCode: metric, argument: metricArgument),
      isAccelerated: false)
    try index.add(
      VectorBatch(unsafe values.span, dimension: dimension), execution: execution)
    let found = try index.search(
      VectorBatch(unsafe asked.span, dimension: dimension), k: k,
      options: SearchOptions(execution: execution))
    unsafe try copy(found.distances, to: distances)
    unsafe try copy(found.ids, to: ids)
  }
}
