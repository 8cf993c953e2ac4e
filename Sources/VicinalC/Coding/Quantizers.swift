public import CVicinal
import Vicinal

// Quantizers, of vicinal_coding.h.

func quantizerBox(_ handle: UInt64) throws(IndexError) -> QuantizerBox {
  try HandleRegistry.object(handle, as: QuantizerBox.self, "a quantizer")
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_create(
  _ word: UnsafePointer<CChar>?, _ dimension: Int64, _ metric: Int32,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let word = unsafe try text(word, "word")
    guard case .codes(let spec) = try IndexSpec(parsing: word) else {
      throw IndexError(
        .invalidSpecification, "'\(word)' is no quantizer; there are PQ16, PQ16x4, SQ8, LSH …")
    }
    let metric = try Metric(faissCode: metric)
    let dimension = try count(dimension, "the dimension", from: 1)
    unsafe try give(out) { () throws(IndexError) in
      var codec = try spec.makeCodec(dimension: dimension, metric: metric)
      // Renumbering for polysemous search, which only indexes have, would take long.
      if var product = codec as? ProductQuantizer {
        product.polysemous = nil
        codec = product
      }
      return QuantizerBox(codec)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_create_scalar(
  _ dimension: Int64, _ type: Int32, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let dimension = try count(dimension, "the dimension", from: 1)
    let kind = try ScalarQuantizer.Kind(faissCode: type)
    unsafe try give(out) { () throws(IndexError) in
      QuantizerBox(try ScalarQuantizer(dimension: dimension, kind: kind))
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_create_product(
  _ dimension: Int64, _ parts: Int64, _ bits: Int64, _ centroids: UnsafePointer<Float>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let dimension = try count(dimension, "the dimension", from: 1)
    let parts = try count(parts, "parts", from: 1)
    let bits = try count(bits, "bits", from: 1)
    let empty = try ProductQuantizer(dimension: dimension, subspaces: parts, bits: bits)
    let values = unsafe try Array(
      array(centroids, Int64(empty.centroidCount), dimension, "centroids"))
    unsafe try give(out) { () throws(IndexError) in
      QuantizerBox(
        try ProductQuantizer(
          dimension: dimension, subspaces: parts, bits: bits, centroids: values))
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_get_info(
  _ quantizer: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_quantizer_info>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let out = unsafe try required(out, "out")
    unsafe out.pointee = try quantizerBox(quantizer).read {
      let product = ($0 as any VectorCodec) as? ProductQuantizer
      return vicinal_quantizer_info(
        dimension: Int64($0.dimension), code_size: Int64($0.codeSize),
        parts: Int64(product?.subspaces ?? 0), bits: Int64(product?.bits ?? 0),
        is_trained: $0.isTrained ? 1 : 0)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_train(
  _ quantizer: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try quantizerBox(quantizer).write { codec throws(IndexError) in
      let dimension = codec.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      try codec.train(
        on: VectorBatch(unsafe values.span, dimension: dimension), execution: execution)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_encode(
  _ quantizer: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ codes: UnsafeMutablePointer<UInt8>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = try execution(nil)
    try quantizerBox(quantizer).read { codec throws(IndexError) in
      let dimension = codec.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      let room = unsafe try place(codes, n, codec.codeSize, "codes")
      let batch = try VectorBatch(unsafe values.span, dimension: dimension)
      try batch.requireFinite(of: "vectors to encode")
      unsafe try copy(try codec.encode(batch, execution: execution), to: room)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_decode(
  _ quantizer: vicinal_handle, _ n: Int64, _ codes: UnsafePointer<UInt8>?,
  _ vectors: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    try quantizerBox(quantizer).read { codec throws(IndexError) in
      let bytes = unsafe try array(codes, n, codec.codeSize, "codes")
      let room = unsafe try place(vectors, n, codec.dimension, "vectors")
      unsafe try copy(try codec.decode(unsafe bytes.span.rawBytes), to: room)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_centroids(
  _ quantizer: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let values = try quantizerBox(quantizer).read { codec throws(IndexError) in
        guard let product = codec as? ProductQuantizer else {
          throw IndexError(.unsupported, "\(type(of: codec)) is no product quantizer")
        }
        guard product.isTrained else {
          throw IndexError(.notTrained, "the product quantizer must be trained first")
        }
        return product.centroids
      }
      return BytesBox(values.span.rawBytes)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_trained(
  _ quantizer: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let values = try quantizerBox(quantizer).read { codec throws(IndexError) in
        guard let scalar = codec as? ScalarQuantizer else {
          throw IndexError(.unsupported, "\(type(of: codec)) is no scalar quantizer")
        }
        return scalar.trained
      }
      return BytesBox(values.span.rawBytes)
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_get_type(
  _ quantizer: vicinal_handle, _ type: UnsafeMutablePointer<Int32>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let type = unsafe try required(type, "type")
    unsafe type.pointee = try quantizerBox(quantizer).read { codec throws(IndexError) in
      guard let scalar = codec as? ScalarQuantizer else {
        throw IndexError(.unsupported, "\(Swift.type(of: codec)) is no scalar quantizer")
      }
      return scalar.kind.rawValue
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_get_clustering(
  _ quantizer: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_kmeans_options>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let out = unsafe try required(out, "out")
    let options = try quantizerBox(quantizer).read { codec throws(IndexError) in
      guard let product = codec as? ProductQuantizer else { throw noClustering(codec) }
      return product.clustering
    }
    unsafe out.pointee = vicinal_kmeans_options(options)
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_quantizer_set_clustering(
  _ quantizer: vicinal_handle, _ options: UnsafePointer<vicinal_kmeans_options>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let (settings, _) = unsafe try kmeansOptions(options?.pointee)
    try quantizerBox(quantizer).write { codec throws(IndexError) in
      guard var product = codec as? ProductQuantizer else { throw noClustering(codec) }
      product.clustering = settings
      codec = product
    }
  }
}

private func noClustering(_ codec: any VectorCodec) -> IndexError {
  IndexError(.unsupported, "\(type(of: codec)) is not trained by k-means")
}

extension vicinal_kmeans_options {
  /// The caller's struct of settings.
  init(_ options: KMeansOptions) {
    self.init(
      niter: Int64(options.iterations), nredo: Int64(options.redos),
      max_points_per_centroid: Int64(options.maxPointsPerCentroid),
      min_points_per_centroid: Int64(options.minPointsPerCentroid), seed: options.seed,
      spherical: options.isSpherical ? 1 : 0,
      frozen_centroids: options.areInitialCentroidsFrozen ? 1 : 0, metric: 1,
      batch_size: options.miniBatch.map { Int64($0.batchSize ?? -1) } ?? 0)
  }
}
