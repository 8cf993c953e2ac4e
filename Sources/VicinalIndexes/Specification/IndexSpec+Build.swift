import VicinalCoding
public import VicinalCore

extension IndexSpec {
  /// The largest dimension that files can state.
  public static let largestDimension = 1 << 20

  /// Makes the empty index.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, 1 … 2²⁰.
  ///   - metric: Any metric for flat indexes, L2 or inner product for the others.
  ///   - isAccelerated: Whether int8 companions are kept (see ``FlatIndex``).
  /// - Throws: ``IndexError/Code/invalidSpecification``, ``IndexError/Code/invalidArgument``,
  ///   ``IndexError/Code/unsupported`` for a metric that the index does not have.
  public func makeIndex(
    dimension: Int, metric: Metric, isAccelerated: Bool = true
  ) throws(IndexError) -> any VectorIndex {
    try validate()
    guard (1...Self.largestDimension).contains(dimension) else {
      throw IndexError(
        .invalidArgument, "a dimension must be 1…\(Self.largestDimension), got \(dimension)")
    }
    switch self {
    case .flat:
      return FlatIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated)
    case .codes(let codec):
      return CodedIndex(
        codec: try codec.makeCodec(dimension: dimension, metric: metric), metric: metric)
    case .hnsw(let links, nil):
      return try HNSWIndex(
        dimension: dimension, metric: metric, links: links, isAccelerated: isAccelerated)
    case .hnsw(let links, let codec?):
      return try HNSWIndex(
        codec: codec.makeCodec(dimension: dimension, metric: metric), metric: metric,
        links: links)
    case .ivf(let listCount, let coarse, let codec):
      return try makeLists(listCount, coarse, codec, dimension, metric, isAccelerated)
    case .panorama(let inner, let panorama):
      return try panorama.apply(
        to: inner.makeIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated))
    case .deduplicated(let inner):
      let made = try inner.makeIndex(
        dimension: dimension, metric: metric, isAccelerated: isAccelerated)
      guard var lists = made as? IVFIndex else { return made }
      lists.isDeduplicated = true
      return lists
    case .idMap(let inner, let isReversible):
      return try IDMapIndex(
        inner.makeIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated),
        isReversible: isReversible)
    case .transformed(let transforms, let inner):
      var chain: [any VectorTransform] = []
      var last = dimension
      for spec in transforms {
        let transform = try spec.makeTransform(inputDimension: last)
        chain.append(transform)
        last = transform.outputDimension
      }
      return try TransformedIndex(
        chain, inner.makeIndex(dimension: last, metric: metric, isAccelerated: isAccelerated))
    case .refined(let base, let refiner):
      // Only few vectors of the second index are looked at: a companion would not pay.
      var index = try RefinedIndex(
        base.makeIndex(dimension: dimension, metric: metric, isAccelerated: isAccelerated),
        by: refiner.makeIndex(dimension: dimension, metric: metric, isAccelerated: false))
      if case .panorama = refiner { index.isPanorama = true }
      return index
    case .residualCells(let bits):
      return try ResidualCoarseQuantizer(
        AdditiveQuantizer(dimension: dimension, bits: bits), metric: metric)
    }
  }

  private func makeLists(
    _ listCount: Int, _ coarse: CoarseSpec, _ codec: CodecSpec?, _ dimension: Int,
    _ metric: Metric, _ isAccelerated: Bool
  ) throws(IndexError) -> any VectorIndex {
    let isResidual = codec?.isResidual ?? false
    let lists = try IVFIndex(
      dimension: dimension, metric: metric, listCount: listCount,
      coarse: coarse.makeIndex(dimension, metric, isAccelerated),
      codec: codec?.makeCodec(dimension: dimension, metric: metric, isResidual: isResidual),
      isResidual: isResidual, isAccelerated: isAccelerated)
    guard case .productRefined(_, let refinement)? = codec else { return lists }
    return try IVFPQRIndex(
      lists, refinement: ProductQuantizer(dimension: dimension, subspaces: refinement))
  }
}

extension IndexSpec.CoarseSpec {
  fileprivate func makeIndex(
    _ dimension: Int, _ metric: Metric, _ isAccelerated: Bool
  ) throws(IndexError) -> (any VectorIndex)? {
    switch self {
    case .flat: return nil
    case .hnsw(let links):
      return try HNSWIndex(
        dimension: dimension, metric: metric, links: links, isAccelerated: isAccelerated)
    case .multiIndex(let subspaces, let bits):
      // Cells of parts are found by L2 whatever the lists are compared by, as in faiss.
      return try MultiIndexQuantizer(dimension: dimension, subspaces: subspaces, bits: bits)
    case .index(let spec):
      return try spec.makeIndex(
        dimension: dimension, metric: metric, isAccelerated: isAccelerated)
    }
  }
}
