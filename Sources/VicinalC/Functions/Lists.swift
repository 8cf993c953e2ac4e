public import CVicinal
import Vicinal

// Inverted files as such, of vicinal_change.h and vicinal_index.h.

/// Documented in vicinal_index.h.
@c @implementation public func vicinal_index_search_lists(
  _ index: vicinal_handle, _ n: Int64, _ queries: UnsafePointer<Float>?, _ probes: Int64,
  _ lists: UnsafePointer<Int64>?, _ listDistances: UnsafePointer<Float>?, _ k: Int64,
  _ options: UnsafePointer<vicinal_search_options>?, _ distances: UnsafeMutablePointer<Float>?,
  _ ids: UnsafeMutablePointer<Int64>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let isFinite = unsafe options?.pointee.finite_padding == 1
    let options = unsafe try searchOptions(options)
    let k = try count(k, "k", from: 1)
    let probes = try count(probes, "nprobe", from: 1)
    let distances = unsafe try place(distances, n, k, "distances")
    let ids = unsafe try place(ids, n, k, "ids")
    let numbers = unsafe try Array(array(lists, n, probes, "lists"))
    let given = unsafe try Array(array(listDistances, n, probes, "distances of lists"))
    try floatIndex(index).read { index throws(IndexError) in
      let dimension = index.dimension
      let values = unsafe try array(queries, n, dimension, "queries")
      guard let lists = (copy index) as? IVFIndex else {
        throw IndexError(.unsupported, "\(type(of: index)) has no inverted lists of its own")
      }
      var found = try lists.search(
        VectorBatch(unsafe values.span, dimension: dimension), k: k, lists: numbers,
        distances: given, options: options)
      if isFinite { found.padFinitely() }
      unsafe try copy(found.distances, to: distances)
      unsafe try copy(found.ids, to: ids)
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_set_direct_map(
  _ index: vicinal_handle, _ kind: Int32
) -> vicinal_status {
  call { () throws(IndexError) in
    guard let kind = UInt8(exactly: kind).flatMap(DirectMap.Kind.init) else {
      throw IndexError(.invalidArgument, "the kind of a direct map is 0, 1 or 2, got \(kind)")
    }
    try anyIndex(
      index,
      float: { box throws(IndexError) in
        try box.write { index throws(IndexError) in
          guard index.core is IVFIndex else { throw noDirectMap }
          try withCore(of: &index) { core throws(IndexError) in
            guard var lists = core as? IVFIndex else { throw noDirectMap }
            try lists.setDirectMap(kind)
            core = lists
          }
        }
      },
      binary: { box throws(IndexError) in
        try box.write { index throws(IndexError) in
          guard var lists = index as? BinaryIVFIndex else { throw noDirectMap }
          try lists.setDirectMap(kind)
          index = lists
        }
      })
  }
}

private var noDirectMap: IndexError {
  IndexError(.unsupported, "this kind of index has no inverted lists, so no direct map of them")
}
