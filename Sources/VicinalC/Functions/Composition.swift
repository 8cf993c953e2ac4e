public import CVicinal
import Vicinal

// Indexes made of others, and what is inside, of vicinal_change.h.

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_compose(
  _ kind: Int32, _ n: Int64, _ parts: UnsafePointer<vicinal_handle>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let handles = unsafe try Array(array(parts, n, 1, "parts"))
    unsafe try give(out) { () throws(IndexError) -> any AnyObject & Sendable in
      if let map = try composedBinary(kind, handles) { return map }
      return FloatIndexBox(try composed(kind, handles))
    }
  }
}

/// An id map of an index over binary vectors, if that is what the part is.
private func composedBinary(
  _ kind: Int32, _ parts: [UInt64]
) throws(IndexError) -> (any AnyObject & Sendable)? {
  let isReversible = Int(kind) == Int(VICINAL_COMPOSE_ID_MAP_2)
  guard isReversible || Int(kind) == Int(VICINAL_COMPOSE_ID_MAP), parts.count == 1,
    let box = try HandleRegistry.object(parts[0]) as? BinaryIndexBox
  else { return nil }
  let inner = try box.read { copy $0 }
  return BinaryIndexBox(
    try BinaryIDMapIndex(inner, ids: Array(0..<Int64(inner.count)), isReversible: isReversible))
}

private func composed(_ kind: Int32, _ parts: [UInt64]) throws(IndexError) -> any VectorIndex {
  func require(_ isRight: Bool, _ what: String) throws(IndexError) {
    guard isRight else {
      throw IndexError(.invalidArgument, "this kind is made of \(what), got \(parts.count) parts")
    }
  }
  func index(_ handle: UInt64) throws(IndexError) -> any VectorIndex {
    try floatIndex(handle).read { copy $0 }
  }
  func indexes() throws(IndexError) -> [any VectorIndex] {
    try require(!parts.isEmpty, "at least one index")
    var all: [any VectorIndex] = []
    for part in parts { all.append(try index(part)) }
    return all
  }
  switch Int(kind) {
  case Int(VICINAL_COMPOSE_ID_MAP), Int(VICINAL_COMPOSE_ID_MAP_2):
    try require(parts.count == 1, "one index")
    let inner = try index(parts[0])
    return try IDMapIndex(
      inner, ids: Array(0..<Int64(inner.count)),
      isReversible: Int(kind) == Int(VICINAL_COMPOSE_ID_MAP_2))
  case Int(VICINAL_COMPOSE_TRANSFORMED):
    try require(!parts.isEmpty, "transforms and one index")
    var chain: [any VectorTransform] = []
    for part in parts.dropLast() { chain.append(try transform(part).read { copy $0 }) }
    return try TransformedIndex(chain, index(parts[parts.count - 1]))
  case Int(VICINAL_COMPOSE_REFINED):
    try require(parts.count == 2, "two indexes")
    return try RefinedIndex(index(parts[0]), by: index(parts[1]))
  case Int(VICINAL_COMPOSE_SHARDS): return try ShardedIndex(indexes(), numbering: .successive)
  case Int(VICINAL_COMPOSE_SHARDS_WITH_IDS):
    return try ShardedIndex(indexes(), numbering: .global)
  case Int(VICINAL_COMPOSE_REPLICAS): return try ReplicatedIndex(indexes())
  default: throw IndexError(.invalidArgument, "there is no kind \(kind) of composed index")
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_part(
  _ index: vicinal_handle, _ name: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    unsafe try give(out) { () throws(IndexError) -> any AnyObject & Sendable in
      try anyIndex(
        index,
        float: { box throws(IndexError) -> any AnyObject & Sendable in
          FloatIndexBox(try part(name, of: box.read { copy $0 }))
        },
        binary: { box throws(IndexError) -> any AnyObject & Sendable in
          BinaryIndexBox(try part(name, of: box.read { copy $0 }))
        })
    }
  }
}

private func part(_ name: String, of index: any BinaryIndex) throws(IndexError) -> any BinaryIndex {
  switch (index, name) {
  case (let map as BinaryIDMapIndex, "inner"): return map.inner
  case (let lists as BinaryIVFIndex, "quantizer"): return lists.coarse
  default: throw IndexError(.unsupported, "\(type(of: index)) has no part '\(name)'")
  }
}

private func part(_ name: String, of index: any VectorIndex) throws(IndexError) -> any VectorIndex {
  switch (index, name) {
  case (let map as IDMapIndex, "inner"): return map.inner
  case (let transformed as TransformedIndex, "inner"): return transformed.inner
  case (let lists as IVFIndex, "quantizer"): return lists.coarse
  case (let graph as HNSWIndex, "storage"):
    guard let coded = graph.coded else { return FlatIndex(rows: graph.rows) }
    return CodedIndex(codec: coded.codec, metric: graph.metric, block: coded.codes)
  case (let refined as RefinedIndex, "base"): return refined.base
  case (let refined as RefinedIndex, "refiner"): return refined.refiner
  case (let sharded as ShardedIndex, _):
    if let number = Int(name), sharded.shards.indices.contains(number) {
      return sharded.shards[number]
    }
  case (let replicated as ReplicatedIndex, _):
    if let number = Int(name), replicated.replicas.indices.contains(number) {
      return replicated.replicas[number]
    }
  default: break
  }
  throw IndexError(.unsupported, "\(type(of: index)) has no part '\(name)'")
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_get_quantizer(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let codec = try floatIndex(index).read { index throws(IndexError) in
        let core = (copy index).core
        if let codec = (core as? CodedIndex)?.codec ?? (core as? IVFIndex)?.codec { return codec }
        if let cells = core as? MultiIndexQuantizer { return cells.quantizer }
        throw IndexError(.unsupported, "\(type(of: core)) has no quantizer of its own")
      }
      return QuantizerBox(codec)
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_get_transform(
  _ index: vicinal_handle, _ number: Int64, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let chain = try floatIndex(index).read { ($0 as? TransformedIndex)?.chain.transforms ?? [] }
      guard let place = Int(exactly: number), chain.indices.contains(place) else {
        throw IndexError(
          .invalidArgument, "there are \(chain.count) transforms, got number \(number)")
      }
      return TransformBox(chain[place])
    }
  }
}
