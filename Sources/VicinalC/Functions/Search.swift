public import CVicinal
import Vicinal

// Searching and giving vectors back, of vicinal_index.h.

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_search(
  _ index: vicinal_handle, _ n: Int64, _ queries: UnsafePointer<Float>?, _ k: Int64,
  _ options: UnsafePointer<vicinal_search_options>?, _ distances: UnsafeMutablePointer<Float>?,
  _ ids: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let isFinite = unsafe options?.pointee.finite_padding == 1
    let options = unsafe try searchOptions(options)
    let k = try count(k, "k", from: 1)
    let distances = unsafe try place(distances, n, k, "distances")
    let ids = unsafe try place(ids, n, k, "ids")
    try floatIndex(index).read { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(queries, n, dimension, "queries")
      var found = try index.search(
        VectorBatch(unsafe values.span, dimension: dimension), k: k, options: options)
      if isFinite { found.padFinitely() }
      unsafe try copy(found.distances, to: distances)
      unsafe try copy(found.ids, to: ids)
    }
  }
}

extension Neighbors {
  /// Makes the infinite values of empty places finite.
  mutating func padFinitely() {
    for place in ids.indices where ids[place] < 0 && distances[place].isInfinite {
      distances[place] =
        distances[place] < 0 ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_search_and_reconstruct(
  _ index: vicinal_handle, _ n: Int64, _ queries: UnsafePointer<Float>?, _ k: Int64,
  _ options: UnsafePointer<vicinal_search_options>?, _ distances: UnsafeMutablePointer<Float>?,
  _ ids: UnsafeMutablePointer<Int64>?, _ vectors: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let options = unsafe try searchOptions(options)
    let k = try count(k, "k", from: 1)
    let distances = unsafe try place(distances, n, k, "distances")
    let ids = unsafe try place(ids, n, k, "ids")
    try floatIndex(index).read { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(queries, n, dimension, "queries")
      let width = try checkedProduct(k, dimension, of: "the vectors")
      let room = unsafe try place(vectors, n, width, "vectors")
      let found = try reconstructible(copy index).searchAndReconstruct(
        VectorBatch(unsafe values.span, dimension: dimension), k: k, options: options)
      unsafe try copy(found.neighbors.distances, to: distances)
      unsafe try copy(found.neighbors.ids, to: ids)
      unsafe try copy(found.vectors, to: room)
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_range_search(
  _ index: vicinal_handle, _ n: Int64, _ queries: UnsafePointer<Float>?, _ radius: Float,
  _ options: UnsafePointer<vicinal_search_options>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let options = unsafe try searchOptions(options)
    guard !radius.isNaN else { throw IndexError(.invalidArgument, "the radius is not a number") }
    unsafe try give(out) { () throws(IndexError) in
      try floatIndex(index).read { index throws(IndexError) in
        let dimension = index.dimension
        let values = unsafe try array(queries, n, dimension, "queries")
        guard let searchable = index as? any RangeSearchable else {
          throw IndexError(.unsupported, "\(type(of: index)) has no range search")
        }
        return RangeBox(
          try searchable.rangeSearch(
            VectorBatch(unsafe values.span, dimension: dimension), radius: radius,
            options: options))
      }
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_range_view(
  _ range: vicinal_handle, _ queryCount: UnsafeMutablePointer<Int64>?,
  _ limits: UnsafeMutablePointer<UnsafePointer<Int64>?>?,
  _ distances: UnsafeMutablePointer<UnsafePointer<Float>?>?,
  _ ids: UnsafeMutablePointer<UnsafePointer<Int64>?>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let box = try HandleRegistry.object(range, as: RangeBox.self, "results of a range search")
    if let queryCount = unsafe queryCount { unsafe queryCount.pointee = Int64(box.queryCount) }
    if let limits = unsafe limits { unsafe limits.pointee = view(box.limits) }
    if let distances = unsafe distances { unsafe distances.pointee = view(box.distances) }
    if let ids = unsafe ids { unsafe ids.pointee = view(box.ids) }
  }
}

/// The bytes of a box as numbers.
private func view<Element>(_ box: BytesBox) -> UnsafePointer<Element> {
  unsafe UnsafePointer(box.start.assumingMemoryBound(to: Element.self))
}

/// An index that can give vectors back.
func reconstructible(_ index: any VectorIndex) throws(IndexError) -> any Reconstructible {
  guard let able = index as? any Reconstructible else {
    throw IndexError(.unsupported, "\(type(of: index)) cannot give vectors back")
  }
  return able
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_reconstruct(
  _ index: vicinal_handle, _ n: Int64, _ ids: UnsafePointer<Int64>?,
  _ vectors: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let ids = unsafe try array(ids, n, 1, "ids")
    try floatIndex(index).read { index throws(IndexError) in
      let room = unsafe try place(vectors, n, index.dimension, "vectors")
      unsafe try copy(try reconstructible(copy index).reconstruct(unsafe ids.span), to: room)
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_reconstruct_range(
  _ index: vicinal_handle, _ first: Int64, _ n: Int64, _ vectors: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    try floatIndex(index).read { index throws(IndexError) in
      let room = unsafe try place(vectors, n, index.dimension, "vectors")
      let (end, overflow) = first.addingReportingOverflow(n)
      guard !overflow else {
        throw IndexError(.invalidArgument, "\(n) ids from \(first) on go beyond the largest id")
      }
      unsafe try copy(try reconstructible(copy index).reconstruct(first..<end), to: room)
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_residuals(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ ids: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let ids = unsafe try array(ids, n, 1, "ids")
    try floatIndex(index).read { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      let room = unsafe try place(out, n, dimension, "residuals")
      let residuals = try reconstructible(copy index).residuals(
        of: VectorBatch(unsafe values.span, dimension: dimension), from: unsafe ids.span)
      unsafe try copy(residuals, to: room)
    }
  }
}

/// An index whose codes can be had.
private func standalone(_ index: any VectorIndex) throws(IndexError) -> any StandaloneCodec {
  guard let codec = index as? any StandaloneCodec else {
    throw IndexError(.unsupported, "\(type(of: index)) has no codes of its own")
  }
  return codec
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_encode(
  _ index: vicinal_handle, _ n: Int64, _ vectors: UnsafePointer<Float>?,
  _ codes: UnsafeMutablePointer<UInt8>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let execution = try execution(nil)
    try floatIndex(index).read { index throws(IndexError) in
      let codec = try standalone(copy index)
      let dimension = index.dimension
      let values = unsafe try array(vectors, n, dimension, "vectors")
      let room = unsafe try place(codes, n, codec.codeSize, "codes")
      unsafe try copy(
        try codec.encode(
          VectorBatch(unsafe values.span, dimension: dimension), execution: execution), to: room)
    }
  }
}

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_decode(
  _ index: vicinal_handle, _ n: Int64, _ codes: UnsafePointer<UInt8>?,
  _ vectors: UnsafeMutablePointer<Float>?
) -> vicinal_status {
  call { () throws(IndexError) in
    try floatIndex(index).read { index throws(IndexError) in
      let codec = try standalone(copy index)
      let bytes = unsafe try array(codes, n, codec.codeSize, "codes")
      let room = unsafe try place(vectors, n, index.dimension, "vectors")
      unsafe try copy(try codec.decode(unsafe bytes.span.rawBytes), to: room)
    }
  }
}
