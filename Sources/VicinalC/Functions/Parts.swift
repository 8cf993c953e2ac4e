public import CVicinal
import Vicinal

// Indexes made of quantizers and of other parts, of vicinal_change.h.

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_compose_codes(
  _ quantizer: vicinal_handle, _ metric: Int32, _ links: Int64,
  _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let codec = try quantizerBox(quantizer).read { copy $0 }
    let metric = try Metric(faissCode: metric)
    let links = try count(links, "links")
    unsafe try give(out) { () throws(IndexError) in
      FloatIndexBox(
        links == 0
          ? CodedIndex(codec: codec, metric: metric)
          : try HNSWIndex(codec: codec, metric: metric, links: links))
    }
  }
}

/// Documented in vicinal_change.h.
@c @implementation public func vicinal_index_compose_lists(
  _ lists: vicinal_handle, _ coarse: vicinal_handle, _ quantizer: vicinal_handle,
  _ isResidual: Int32, _ out: UnsafeMutablePointer<vicinal_handle>?
) -> vicinal_status {
  call { () throws(IndexError) in
    if let box = try HandleRegistry.object(lists) as? BinaryIndexBox {
      guard quantizer == 0, isResidual == -1 else {
        throw IndexError(.unsupported, "lists of binary vectors hold no codes")
      }
      let made = try remade(box.read { copy $0 }, of: coarse)
      return unsafe try give(out) { () throws(IndexError) in BinaryIndexBox(made) }
    }
    let index = try floatIndex(lists).read { copy $0 }
    var cells: (any VectorIndex)?
    if coarse != 0 { cells = try floatIndex(coarse).read { copy $0 } }
    var codec: (any VectorCodec)?
    if quantizer != 0 { codec = try quantizerBox(quantizer).read { copy $0 } }
    let residual = isResidual == -1 ? nil : isResidual != 0
    unsafe try give(out) { () throws(IndexError) in
      if let refined = index as? IVFPQRIndex {
        return FloatIndexBox(
          try IVFPQRIndex(
            refined.base.remade(of: cells, codec, isResidual: residual),
            refinement: refined.refinement))
      }
      guard let lists = index as? IVFIndex else {
        throw IndexError(.unsupported, "\(type(of: index)) has no inverted lists")
      }
      return FloatIndexBox(try lists.remade(of: cells, codec, isResidual: residual))
    }
  }
}

/// An empty binary inverted file over another index, or its own if that is 0.
private func remade(
  _ index: any BinaryIndex, of coarse: UInt64
) throws(IndexError) -> BinaryIVFIndex {
  guard let lists = index as? BinaryIVFIndex else {
    throw IndexError(.unsupported, "\(type(of: index)) has no inverted lists")
  }
  guard lists.count == 0 else {
    throw IndexError(
      .invalidArgument, "the inverted file must be empty, it has \(lists.count) vectors")
  }
  let cells =
    coarse == 0
    ? lists.coarse
    : try HandleRegistry.object(coarse, as: BinaryIndexBox.self, "a binary index").read { copy $0 }
  return try BinaryIVFIndex(
    dimension: lists.dimension, listCount: lists.listCount, coarse: cells)
}

extension IVFIndex {
  /// An empty index with the settings of this one; parts that are not given are those of this one.
  fileprivate func remade(
    of cells: (any VectorIndex)?, _ codec: (any VectorCodec)?, isResidual: Bool?
  ) throws(IndexError) -> IVFIndex {
    guard count == 0 else {
      throw IndexError(.invalidArgument, "the inverted file must be empty, it has \(count) vectors")
    }
    var made = try IVFIndex(
      dimension: dimension, metric: metric, listCount: listCount, coarse: cells ?? coarse,
      codec: codec ?? self.codec, isResidual: isResidual ?? self.isResidual,
      isAccelerated: isAccelerated)
    made.probes = probes
    made.cellRatio = cellRatio
    made.scanOptions = scanOptions
    made.maxCodes = maxCodes
    made.clustering = clustering
    return made
  }
}
