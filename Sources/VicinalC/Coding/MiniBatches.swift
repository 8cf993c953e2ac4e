public import CVicinal
import Vicinal

// k-means in batches, of vicinal_coding.h.

private func box(_ handle: UInt64) throws(IndexError) -> MiniBatchBox {
  try HandleRegistry.object(handle, as: MiniBatchBox.self, "clusters of batches")
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_create(
  _ k: Int64, _ dimension: Int64, _ parts: Int64,
  _ options: UnsafePointer<vicinal_minibatch_options>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let clusters = try count(k, "k", from: 1)
    let dimension = try count(dimension, "the dimension", from: 1)
    let parts = try count(parts, "parts", from: 1)
    let (settings, metric) = unsafe try miniBatchOptions(options?.pointee)
    unsafe try give(out) { () throws(IndexError) in
      MiniBatchBox(
        try SubspaceMiniBatchKMeans(
          k: clusters, parts: parts, dimension: dimension, metric: metric, options: settings))
    }
  }
}

private func miniBatchOptions(
  _ given: vicinal_minibatch_options?
) throws(IndexError) -> (MiniBatchOptions, Metric) {
  var options = MiniBatchOptions()
  guard let given else { return (options, .l2) }
  options.batchSize =
    given.batch_size == 0 ? nil : try count(given.batch_size, "batch_size", from: 1)
  options.passes = try count(given.passes, "passes", from: 1)
  options.maxSteps = given.max_steps == 0 ? nil : try count(given.max_steps, "max_steps", from: 1)
  options.patience = try count(given.patience, "patience", from: 1)
  options.tolerance = given.tolerance
  options.finalPasses = try count(given.final_passes, "final_passes")
  options.leastShare = given.least_share
  options.seed = given.seed
  guard given.start == 0 || given.start == 1 else {
    throw IndexError(.invalidArgument, "start must be 0 or 1, got \(given.start)")
  }
  options.start = given.start == 0 ? .sample : .plusPlus
  return (options, try Metric(faissCode: given.metric))
}

/// Has clusters learn from the caller's vectors.
private func learn(
  _ clusters: UInt64, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?,
  _ step: (inout SubspaceMiniBatchKMeans, borrowing VectorBatch, Execution) throws(IndexError) ->
    Void
) throws(IndexError) {
  let execution = unsafe try execution(work)
  try box(clusters).write { clusters throws(IndexError) in
    let dimension = clusters.dimension
    let values = unsafe try array(vectors, n, dimension, "vectors")
    let batch = try VectorBatch(unsafe values.span, dimension: dimension)
    try step(&clusters, batch, execution)
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_update(
  _ clusters: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try learn(clusters, n, vectors, work) { clusters, batch, execution throws(IndexError) in
      try clusters.update(batch, execution: execution)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_finish(
  _ clusters: vicinal_handle
) -> vicinal_status {
  call { () throws(IndexError) in
    try box(clusters).write { clusters throws(IndexError) in try clusters.finish() }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_train(
  _ clusters: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try learn(clusters, n, vectors, work) { clusters, batch, execution throws(IndexError) in
      try clusters.train(on: batch, execution: execution)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_set_centroids(
  _ clusters: vicinal_handle, _ centroids: UnsafePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    try box(clusters).write { clusters throws(IndexError) in
      let values = unsafe try Array(
        array(centroids, Int64(clusters.k), clusters.dimension, "centroids"))
      try clusters.begin(at: values)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_assign(
  _ clusters: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ labels: UnsafeMutablePointer<Int64>?, _ values: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = try execution(nil)
    try box(clusters).read { clusters throws(IndexError) in
      let dimension = clusters.dimension
      let given = unsafe try array(vectors, n, dimension, "vectors")
      let labels = unsafe try place(labels, n, clusters.parts.count, "labels")
      let room =
        unsafe try values == nil ? nil : place(values, n, clusters.parts.count, "values")
      let found = try clusters.assign(
        VectorBatch(unsafe given.span, dimension: dimension), execution: execution)
      unsafe try copy(found.labels, to: labels)
      if let room = unsafe room { unsafe try copy(found.values, to: room) }
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_compare(
  _ clusters: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ values: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = try execution(nil)
    try box(clusters).read { clusters throws(IndexError) in
      let dimension = clusters.dimension
      let given = unsafe try array(vectors, n, dimension, "vectors")
      let width = try checkedProduct(clusters.parts.count, clusters.k, of: "the distances")
      let room = unsafe try place(values, n, width, "values")
      unsafe try copy(
        try clusters.compare(
          VectorBatch(unsafe given.span, dimension: dimension), execution: execution), to: room)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_get_info(
  _ clusters: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_minibatch_info>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let out = unsafe try required(out, "out")
    unsafe out.pointee = try box(clusters).read {
      vicinal_minibatch_info(
        batch_size: Int64($0.batchSize), steps: Int64($0.history.count),
        repairs: Int64($0.parts.reduce(0) { $0 + $1.repairs }), is_trained: $0.isTrained ? 1 : 0,
        is_converged: $0.isConverged ? 1 : 0)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_minibatch_array(
  _ clusters: vicinal_handle, _ name: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    unsafe try give(out) { () throws(IndexError) in
      let values = try box(clusters).read { clusters throws(IndexError) in
        switch name {
        case "centroids": return clusters.centroids
        case "history": return clusters.history.map { Float($0) }
        default: throw IndexError(.invalidArgument, "clusters have no numbers '\(name)'")
        }
      }
      return BytesBox(values.span.rawBytes)
    }
  }
}
