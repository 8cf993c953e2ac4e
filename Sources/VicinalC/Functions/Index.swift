public import CVicinal
import Vicinal

// Making, asking, training and filling, of vicinal_index.h.

/// The index over floats with a handle.
@inline(__always)
func floatIndex(_ handle: UInt64) throws(IndexError) -> FloatIndexBox {
  let object = try HandleRegistry.object(handle)
  if let index = object as? FloatIndexBox { return index }
  if object is BinaryIndexBox {
    throw IndexError(
      .unsupported, "the index holds binary vectors; functions for them begin with vicinal_binary_")
  }
  throw IndexError(.invalidArgument, "handle \(handle) is of another kind, not an index")
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_create(
  _ factory: UnsafePointer<CChar>?, _ dimension: Int64, _ metric: Int32,
  _ metricArgument: Float, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let spec = try IndexSpec(parsing: unsafe text(factory, "factory"))
    let metric = try Metric(faissCode: metric, argument: metricArgument)
    let dimension = try count(dimension, "the dimension", from: 1)
    unsafe try give(out) { () throws(IndexError) in
      FloatIndexBox(try spec.makeIndex(dimension: dimension, metric: metric))
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_get_info(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_index_info>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let out = unsafe try required(out, "out")
    unsafe out.pointee =
      try anyIndex(
        index,
        float: { box throws(IndexError) in try box.read { info(of: copy $0) } },
        binary: { box throws(IndexError) in try box.read { info(of: copy $0) } })
  }
}

private func info(of index: any VectorIndex) -> vicinal_index_info {
  let codec = index as? any StandaloneCodec
  return vicinal_index_info(
    dimension: Int64(index.dimension), count: Int64(index.count),
    memory_bytes: Int64(index.byteCount), code_size: Int64((try? codec?.codeSize) ?? -1),
    metric: index.metric.faissCode, metric_argument: index.metric.argument,
    is_trained: index.isTrained ? 1 : 0, is_binary: 0)
}

private func info(of index: any BinaryIndex) -> vicinal_index_info {
  vicinal_index_info(
    dimension: Int64(index.dimension), count: Int64(index.count),
    memory_bytes: Int64(index.byteCount), code_size: Int64(index.codeSize), metric: 1,
    metric_argument: 0, is_trained: index.isTrained ? 1 : 0, is_binary: 1)
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_clone(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) -> any AnyObject & Sendable in
      try anyIndex(
        index,
        float: { box throws(IndexError) -> any AnyObject & Sendable in
          FloatIndexBox(try box.read { copy $0 })
        },
        binary: { box throws(IndexError) -> any AnyObject & Sendable in
          BinaryIndexBox(try box.read { copy $0 })
        })
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_train(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try floatIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      try index.train(
        on: VectorBatch(unsafe values.span, dimension: dimension), execution: execution)
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_add(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try floatIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      try index.add(
        VectorBatch(unsafe values.span, dimension: dimension), execution: execution)
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_add_with_ids(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ ids: UnsafePointer<Int64>?, _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try floatIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      let names = unsafe try array(ids, n, 1, "ids")
      let kind = type(of: index)
      let isAble = try withCapability(&index, as: (any IdentifiedAddition).self) {
        index throws(IndexError) in
        try index.add(
          VectorBatch(unsafe values.span, dimension: dimension), ids: unsafe names.span,
          execution: execution)
      }
      guard isAble else {
        throw IndexError(
          .unsupported, "\(kind) numbers its vectors itself; put an IDMap around it for ids")
      }
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_update(
  _ index: vicinal_handle, _ n: Int64, _ ids: UnsafePointer<Int64>?,
  _ vectors: UnsafePointer<Float>?, _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try floatIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      let names = unsafe try array(ids, n, 1, "ids")
      let kind = type(of: index)
      let isAble = try withCapability(&index, as: (any UpdatableIndex).self) {
        index throws(IndexError) in
        try index.replace(
          unsafe names.span, with: VectorBatch(unsafe values.span, dimension: dimension),
          execution: execution)
      }
      guard isAble else {
        throw IndexError(.unsupported, "\(kind) cannot replace vectors; remove and add them")
      }
    }
  }
}
