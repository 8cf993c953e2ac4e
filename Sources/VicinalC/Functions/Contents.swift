public import CVicinal
import Vicinal

// What indexes hold, number by number, of vicinal_change.h.

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_array(
  _ index: vicinal_handle, _ name: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    unsafe try give(out) { () throws(IndexError) in
      try anyIndex(
        index,
        float: { box throws(IndexError) in
          try box.read { index throws(IndexError) in try numbers(name, of: copy index) }
        },
        binary: { box throws(IndexError) in
          try box.read { index throws(IndexError) in try numbers(name, of: copy index) }
        })
    }
  }
}

private func numbers(_ name: String, of index: any VectorIndex) throws(IndexError) -> BytesBox {
  switch (index, name) {
  case (let flat as FlatIndex, "codes"):
    let values = try flat.reconstruct(0..<Int64(flat.count))
    return BytesBox(values.span.rawBytes)
  case (let codes as CodedIndex, "codes"):
    let plain = codes.wholeBlock().plainCodes()
    return BytesBox(plain.span.rawBytes)
  case (let map as IDMapIndex, "id_map"):
    let ids = map.ids
    return BytesBox(ids.span.rawBytes)
  case (let graph as HNSWIndex, _):
    if let found = numbers(name, of: graph.graph) { return found }
  default: break
  }
  throw IndexError(.unsupported, "\(type(of: index)) has no array '\(name)'")
}

private func numbers(_ name: String, of index: any BinaryIndex) throws(IndexError) -> BytesBox {
  switch (index, name) {
  case (let map as BinaryIDMapIndex, "id_map"):
    let ids = map.ids
    return BytesBox(ids.span.rawBytes)
  case (let graph as BinaryHNSWIndex, _):
    if let found = numbers(name, of: graph.graph) { return found }
  default: break
  }
  throw IndexError(.unsupported, "\(type(of: index)) has no array '\(name)'")
}

private func numbers(_ name: String, of graph: HNSWGraph) -> BytesBox? {
  switch name {
  case "levels", "neighbors", "cum_nneighbor_per_level":
    let values =
      name == "levels"
      ? graph.levels : name == "neighbors" ? graph.neighbors : graph.cumulative
    return BytesBox(values.span.rawBytes)
  case "offsets":
    let values = graph.offsets
    return BytesBox(values.span.rawBytes)
  case "assign_probas":
    let values = graph.assignProbabilities
    return BytesBox(values.span.rawBytes)
  default: return nil
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_list_ids(
  _ index: vicinal_handle, _ list: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let list = try invertedList(list, of: index)
      let ids = (0..<list.count).map { list.id(at: $0) }
      return BytesBox(ids.span.rawBytes)
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_list_codes(
  _ index: vicinal_handle, _ list: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let list = try invertedList(list, of: index)
      guard let codes = list.codes else {
        let rows = list.block.rows
        return BytesBox(rows.bytes)
      }
      let plain = codes.plainCodes()
      return BytesBox(plain.span.rawBytes)
    }
  }
}

/// A list of an inverted file, which may be inside other indexes.
private func invertedList(
  _ list: Int64, of handle: UInt64
) throws(IndexError) -> InvertedList {
  try floatIndex(handle).read { index throws(IndexError) in
    let whole = copy index
    guard let lists = (whole as? IVFPQRIndex)?.base ?? whole.core as? IVFIndex else {
      throw IndexError(.unsupported, "\(type(of: whole)) has no inverted lists")
    }
    guard let number = Int(exactly: list), lists.lists.indices.contains(number) else {
      throw IndexError(.invalidArgument, "list must be below \(lists.listCount), got \(list)")
    }
    return lists.lists[number]
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_get_clustering(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_kmeans_options>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let out = unsafe try required(out, "out")
    let found: KMeansOptions? = try anyIndex(
      index,
      float: { box throws(IndexError) in try box.read { (copy $0).clusteringOptions } },
      binary: { box throws(IndexError) in
        try box.read { ((copy $0) as? BinaryIVFIndex)?.clustering }
      })
    guard let options = found else { throw noLists }
    unsafe out.pointee = vicinal_kmeans_options(options)
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_set_clustering(
  _ index: vicinal_handle, _ options: UnsafePointer<vicinal_kmeans_options>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let (settings, _) = unsafe try kmeansOptions(options?.pointee)
    try anyIndex(
      index,
      float: { box throws(IndexError) in
        try box.write { index throws(IndexError) in
          guard index.clusteringOptions != nil else { throw noLists }
          try index.updateClustering { $0 = settings }
        }
      },
      binary: { box throws(IndexError) in
        try box.write { index throws(IndexError) in
          guard var lists = index as? BinaryIVFIndex else { throw noLists }
          lists.clustering = settings
          index = lists
        }
      })
  }
}

private var noLists: IndexError {
  IndexError(.unsupported, "this kind of index has no inverted lists that k-means finds")
}
