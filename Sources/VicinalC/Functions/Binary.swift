public import CVicinal
import Vicinal

// The functions of vicinal_binary.h.

/// The index over binary vectors with a handle.
private func binaryIndex(_ handle: UInt64) throws(IndexError) -> BinaryIndexBox {
  let object = try HandleRegistry.object(handle)
  if let index = object as? BinaryIndexBox { return index }
  if object is FloatIndexBox {
    throw IndexError(
      .unsupported, "the index holds floats; functions for it begin with vicinal_index_")
  }
  throw IndexError(.invalidArgument, "handle \(handle) is of another kind, not an index")
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_create(
  _ factory: UnsafePointer<CChar>?, _ dimension: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let spec = try BinaryIndexSpec(parsing: unsafe text(factory, "factory"))
    let dimension = try count(dimension, "the dimension", from: 1)
    unsafe try give(out) { () throws(IndexError) in
      BinaryIndexBox(try spec.makeIndex(dimension: dimension))
    }
  }
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_train(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<UInt8>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try binaryIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let bytes = unsafe try array(vectors, n, dimension / 8, "vectors")
      try index.train(
        on: BinaryBatch(unsafe bytes.span.rawBytes, dimension: dimension), execution: execution)
    }
  }
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_add(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<UInt8>?,
  _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try binaryIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let bytes = unsafe try array(vectors, n, dimension / 8, "vectors")
      try index.add(
        BinaryBatch(unsafe bytes.span.rawBytes, dimension: dimension), execution: execution)
    }
  }
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_add_with_ids(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<UInt8>?,
  _ ids: UnsafePointer<Int64>?, _ work: UnsafePointer<vicinal_work>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = unsafe try execution(work)
    try binaryIndex(index).write { index throws(IndexError) in
      let dimension = index.dimension
      let bytes = unsafe try array(vectors, n, dimension / 8, "vectors")
      let names = unsafe try array(ids, n, 1, "ids")
      let kind = type(of: index)
      let isAble = try withCapability(&index, as: (any BinaryIdentifiedAddition).self) {
        index throws(IndexError) in
        try index.add(
          BinaryBatch(unsafe bytes.span.rawBytes, dimension: dimension), ids: unsafe names.span,
          execution: execution)
      }
      guard isAble else {
        throw IndexError(
          .unsupported, "\(kind) numbers its vectors itself; put an IDMap around it for ids")
      }
    }
  }
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_search(
  _ index: vicinal_handle, _ n: Int64, _ queries: UnsafePointer<UInt8>?, _ k: Int64,
  _ options: UnsafePointer<vicinal_search_options>?, _ distances: UnsafeMutablePointer<Int32>?,
  _ ids: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let options = unsafe try searchOptions(options)
    let k = try count(k, "k", from: 1)
    let distances = unsafe try place(distances, n, k, "distances")
    let ids = unsafe try place(ids, n, k, "ids")
    try binaryIndex(index).read { index throws(IndexError) in
      let dimension = index.dimension
      let bytes = unsafe try array(queries, n, dimension / 8, "queries")
      let found = try index.search(
        BinaryBatch(unsafe bytes.span.rawBytes, dimension: dimension), k: k, options: options)
      // Differing bits are whole; infinity, where there is no result, becomes the largest number.
      unsafe try copy(found.distances.map { Int32(exactly: $0) ?? .max }, to: distances)
      unsafe try copy(found.ids, to: ids)
    }
  }
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_range_search(
  _ index: vicinal_handle, _ n: Int64, _ queries: UnsafePointer<UInt8>?, _ radius: Int32,
  _ options: UnsafePointer<vicinal_search_options>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let options = unsafe try searchOptions(options)
    unsafe try give(out) { () throws(IndexError) in
      try binaryIndex(index).read { index throws(IndexError) in
        let dimension = index.dimension
        let bytes = unsafe try array(queries, n, dimension / 8, "queries")
        guard let searchable = index as? any BinaryRangeSearchable else {
          throw IndexError(.unsupported, "\(type(of: index)) has no range search")
        }
        return RangeBox(
          try searchable.rangeSearch(
            BinaryBatch(unsafe bytes.span.rawBytes, dimension: dimension), radius: Int(radius),
            options: options))
      }
    }
  }
}

/// Documented in vicinal_binary.h.
@c @implementation public func vicinal_binary_reconstruct(
  _ index: vicinal_handle, _ n: Int64, _ ids: UnsafePointer<Int64>?,
  _ vectors: UnsafeMutablePointer<UInt8>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let ids = unsafe try array(ids, n, 1, "ids")
    try binaryIndex(index).read { index throws(IndexError) in
      let room = unsafe try place(vectors, n, index.codeSize, "vectors")
      guard let able = index as? any BinaryReconstructible else {
        throw IndexError(.unsupported, "\(type(of: index)) cannot give vectors back")
      }
      var bytes: [UInt8] = []
      for place in ids.indices { bytes += try able.reconstruct(unsafe ids[place]) }
      unsafe try copy(bytes, to: room)
    }
  }
}
