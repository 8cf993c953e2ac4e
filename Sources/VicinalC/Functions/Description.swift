public import CVicinal
import Vicinal

// What an index is, of vicinal_change.h.

/// An index in memory as JSON.
private struct IndexFields: Encodable {
  var className: String
  var listCount: Int?
  var links: Int?
  var entryPoint: Int64?
  var maxLevel: Int?
  var isResidual: Bool?
  var blockVectors: Int?
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_describe(
  _ index: vicinal_handle, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    unsafe try give(out) { () throws(IndexError) in
      let found: IndexFields = try anyIndex(
        index,
        float: { box throws(IndexError) in try box.read { fields(of: copy $0) } },
        binary: { box throws(IndexError) in try box.read { fields(of: copy $0) } })
      return BytesBox(try reportJSON(found))
    }
  }
}

private func fields(of index: any VectorIndex) -> IndexFields {
  var fields = IndexFields(className: className(of: index))
  let lists = (index as? IVFPQRIndex)?.base ?? index.core as? IVFIndex
  fields.listCount = lists?.listCount
  fields.isResidual = lists?.isResidual
  switch lists?.codec ?? (index.core as? CodedIndex)?.codec {
  case let codec as PQFastScanCodec: fields.blockVectors = codec.blockVectors
  case let codec as RaBitQFastScanCodec: fields.blockVectors = codec.blockVectors
  default: break
  }
  if let graph = index.core as? HNSWIndex {
    fields.links = graph.links
    fields.entryPoint = graph.entryPoint
    fields.maxLevel = graph.maxLevel
  }
  return fields
}

private func fields(of index: any BinaryIndex) -> IndexFields {
  var fields = IndexFields(className: "IndexBinary")
  switch index {
  case is BinaryFlatIndex: fields.className = "IndexBinaryFlat"
  case let lists as BinaryIVFIndex:
    fields.className = "IndexBinaryIVF"
    fields.listCount = lists.listCount
  case let graph as BinaryHNSWIndex:
    fields.className = "IndexBinaryHNSW"
    fields.entryPoint = Int64(graph.graph.entryPoint)
    fields.maxLevel = Int(graph.graph.maxLevel)
  case let map as BinaryIDMapIndex:
    fields.className = map.isReversible ? "IndexBinaryIDMap2" : "IndexBinaryIDMap"
  case is BinaryHashIndex: fields.className = "IndexBinaryHash"
  case is BinaryMultiHashIndex: fields.className = "IndexBinaryMultiHash"
  default: break
  }
  return fields
}

/// faiss's name of a kind of index.
private func className(of index: any VectorIndex) -> String {
  switch index {
  case let flat as FlatIndex:
    return flat.metric == .l2
      ? "IndexFlatL2" : flat.metric == .innerProduct ? "IndexFlatIP" : "IndexFlat"
  case let codes as CodedIndex: return "Index" + codecName(codes.codec)
  case let lists as IVFIndex: return "IndexIVF" + (lists.codec.map(codecName) ?? "Flat")
  case is IVFPQRIndex: return "IndexIVFPQR"
  case let graph as HNSWIndex:
    switch graph.codec {
    case is ScalarQuantizer: return "IndexHNSWSQ"
    case is ProductQuantizer: return "IndexHNSWPQ"
    case nil: return "IndexHNSWFlat"
    default: return "IndexHNSW"
    }
  case let map as IDMapIndex: return map.isReversible ? "IndexIDMap2" : "IndexIDMap"
  case is TransformedIndex: return "IndexPreTransform"
  case let refined as RefinedIndex:
    return refined.refiner is FlatIndex ? "IndexRefineFlat" : "IndexRefine"
  case is MultiIndexQuantizer: return "MultiIndexQuantizer"
  case is ShardedIndex: return "IndexShards"
  case is ReplicatedIndex: return "IndexReplicas"
  default: return "Index"
  }
}

private func codecName(_ codec: any VectorCodec) -> String {
  switch codec {
  case is ProductQuantizer: "PQ"
  case is PQFastScanCodec: "PQFastScan"
  case is ScalarQuantizer: "ScalarQuantizer"
  case is LSHCodec: "LSH"
  case is RaBitQuantizer: "RaBitQ"
  case is RaBitQFastScanCodec: "RaBitQFastScan"
  default: ""
  }
}
