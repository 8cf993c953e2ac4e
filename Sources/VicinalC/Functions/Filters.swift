public import CVicinal
import Vicinal

// The functions of vicinal_filter.h.

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_range(
  _ from: Int64, _ to: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      guard from <= to else {
        throw IndexError(.invalidArgument, "a range of ids must not end at \(to) before \(from)")
      }
      return try FilterBox(.range(from..<to))
    }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_ids(
  _ n: Int64, _ ids: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let ids = unsafe try array(ids, n, 1, "ids")
    unsafe try give(out) { () throws(IndexError) in unsafe try FilterBox(.ids(ids)) }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_bitmap(
  _ byteCount: Int64, _ bytes: UnsafePointer<UInt8>?, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let bytes = unsafe try array(bytes, byteCount, 1, "bytes")
    unsafe try give(out) { () throws(IndexError) in unsafe try FilterBox(.bitmap(Array(bytes))) }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_not(
  _ filter: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let inner = try filterBox(filter)
    unsafe try give(out) { () throws(IndexError) in
      try FilterBox(.not(inner.filter), of: [inner])
    }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_and(
  _ n: Int64, _ filters: UnsafePointer<vicinal_handle>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let inner = unsafe try idFilters(array(filters, n, 1, "filters"))
    unsafe try give(out) { () throws(IndexError) in
      try FilterBox(.all(inner.map(\.filter)), of: inner)
    }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_or(
  _ n: Int64, _ filters: UnsafePointer<vicinal_handle>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let inner = unsafe try idFilters(array(filters, n, 1, "filters"))
    unsafe try give(out) { () throws(IndexError) in
      try FilterBox(.any(inner.map(\.filter)), of: inner)
    }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_xor(
  _ first: vicinal_handle, _ second: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let parts = [try filterBox(first), try filterBox(second)]
    unsafe try give(out) { () throws(IndexError) in
      try FilterBox(.exactlyOne(parts[0].filter, parts[1].filter), of: parts)
    }
  }
}

/// Documented in vicinal_filter.h.
@c @implementation public func vicinal_filter_contains(
  _ filter: vicinal_handle, _ id: Int64, _ out: UnsafeMutablePointer<Int32>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try required(out, "out").pointee = try idFilter(filter).contains(id) ? 1 : 0
  }
}

/// The filter with a handle.
func idFilter(_ handle: UInt64) throws(IndexError) -> IDFilter { try filterBox(handle).filter }

private func filterBox(_ handle: UInt64) throws(IndexError) -> FilterBox {
  try HandleRegistry.object(handle, as: FilterBox.self, "a filter")
}

private func idFilters(
  _ handles: UnsafeBufferPointer<UInt64>
) throws(IndexError) -> [FilterBox] {
  var filters: [FilterBox] = []
  for place in handles.indices { filters.append(try filterBox(unsafe handles[place])) }
  return filters
}
