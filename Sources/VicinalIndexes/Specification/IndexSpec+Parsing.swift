import VicinalCoding
public import VicinalCore

extension IndexSpec {
  /// Understands a factory string, as faiss's `index_factory` does.
  ///
  /// From outside to inside: `IDMap,` or `IDMap2,` (also behind), `,RFlat` or `,Refine(SQ8)`
  /// behind, transforms (`L2norm,`, `PCA64,`, `OPQ16_64,`, `RR,`, `ITQ,`, `AE64,`, `CC64x1024,`,
  /// `Pad128,`, `HR,`) in
  /// front, then `Flat`, a codec (``CodecSpec``), `HNSW32`, `HNSW32,SQ8`, or `IVF1024`,
  /// `IVF1024_HNSW32`, `IVF1024(IVF32,Flat)`, `IVF1024(PQ16x4,RFlat)`, `IVF64(RCQ2x3)`, `IMI2x8`
  /// followed by `Flat`, `FlatDedup` or a codec.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification`` with the character that is not understood;
  ///   ``IndexError/Code/unsupported`` for parts that faiss has and this version does not.
  public init(parsing string: String) throws(IndexError) {
    self = try FactoryParser.parse(string)
  }

  /// Requires numbers within their ranges and parts that go together; parsing and building call
  /// it.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification``.
  public func validate() throws(IndexError) {
    switch self {
    case .flat: break
    case .codes(let codec):
      try codec.validate()
      if case .productRefined = codec {
        throw IndexError(
          .invalidSpecification, "\(codec) goes behind IVF only; without it write PQ8,Refine(PQ16)")
      }
      try requireFlatUse(codec)
    case .hnsw(let links, let codec):
      try Self.requireLinks(links)
      try codec?.validate()
      if case .productRefined? = codec {
        throw IndexError(.invalidSpecification, "\(self): refined codes go behind IVF only")
      }
    case .ivf(let listCount, let coarse, let codec):
      try Self.requireLists(listCount)
      try coarse.validate(listCount: listCount)
      try codec?.validate()
    case .panorama(let inner, let panorama):
      try panorama.validate(inner)
      try inner.validate()
    case .deduplicated(let inner):
      guard case .ivf(_, _, nil) = inner else {
        throw IndexError(
          .invalidSpecification,
          "only inverted files of floats hold equal vectors once, not "
            + "\(inner)")
      }
      try inner.validate()
    case .idMap(let inner, _):
      if case .idMap = inner {
        throw IndexError(.invalidSpecification, "an id map cannot hold another id map")
      }
      try Self.requireHolding(inner)
      try inner.validate()
    case .transformed(let transforms, let inner):
      switch inner {
      case .idMap, .refined:
        throw IndexError(
          .invalidSpecification,
          "transforms go directly before the index: IDMap,\(transforms.first?.description ?? ""),…")
      case .transformed:
        throw IndexError(.invalidSpecification, "transforms in a row belong to one chain")
      default: break
      }
      guard !transforms.isEmpty else {
        throw IndexError(.invalidSpecification, "a chain of transforms has at least one")
      }
      try Self.requireHolding(inner)
      try inner.validate()
    case .refined(let base, let refiner):
      if case .idMap = base {
        throw IndexError(.invalidSpecification, "an id map goes around the refined index")
      }
      try Self.requireHolding(base)
      try base.validate()
      try refiner.validate()
      guard refiner.isNumbered else {
        throw IndexError(
          .invalidSpecification,
          "\(refiner) cannot refine: that takes Flat or codes that keep vectors by number")
      }
    case .residualCells(let bits):
      if let problem = AdditiveSpec(bits: bits).problem() {
        throw IndexError(.invalidSpecification, problem)
      }
      guard bits.reduce(0, +) <= ResidualCoarseQuantizer.mostBits else {
        throw IndexError(
          .invalidSpecification, "\(self) has more than 2^\(ResidualCoarseQuantizer.mostBits) cells"
        )
      }
    }
  }

  /// Requires an index that holds vectors around which others can stand.
  private static func requireHolding(_ inner: IndexSpec) throws(IndexError) {
    guard case .residualCells = inner else { return }
    throw IndexError(
      .invalidSpecification,
      "\(inner) finds the cells of an inverted file and holds no vectors; write"
        + " IVF64(RCQ2x3),Flat or the like")
  }

  /// Whether the index keeps vectors by number, so that a candidate can be looked up.
  private var isNumbered: Bool {
    switch self {
    case .flat, .codes, .panorama(.flat, _): true
    case .transformed(_, let inner): inner.isNumbered
    default: false
    }
  }

  private func requireFlatUse(_ codec: CodecSpec) throws(IndexError) {
    if case .scalar(.bits0) = codec {
      throw IndexError(.invalidSpecification, "SQ0 holds nothing; it goes behind IVF only")
    }
    if case .fastScan(_, true, _) = codec {
      throw IndexError(
        .invalidSpecification, "\(codec): codes of residuals go behind IVF only; leave out the r")
    }
  }

  static func requireLinks(_ links: Int) throws(IndexError) {
    try require(links, HNSWIndex.linkRange, "the M of HNSW")
  }

  static func requireLists(_ count: Int) throws(IndexError) {
    try require(count, 1...largestNumber, "the number of IVF lists")
  }

  private static func require(
    _ value: Int, _ range: ClosedRange<Int>, _ name: String
  ) throws(IndexError) {
    guard range.contains(value) else {
      throw IndexError(
        .invalidSpecification,
        "\(name) must be \(range.lowerBound)…\(range.upperBound), got \(value)")
    }
  }
}

extension IndexSpec.CoarseSpec {
  func validate(listCount: Int) throws(IndexError) {
    switch self {
    case .flat: break
    case .hnsw(let links): try IndexSpec.requireLinks(links)
    case .multiIndex(let subspaces, let bits):
      let (product, overflow) = subspaces.multipliedReportingOverflow(by: bits)
      guard subspaces >= 1, (1...16).contains(bits), !overflow, product <= 30,
        listCount == 1 << product
      else {
        throw IndexError(
          .invalidSpecification,
          "a multi-index of \(subspaces) parts of \(bits) bits needs 1…16 bits and"
            + " 2^(parts · bits) ≤ 2^30 lists, not \(listCount)")
      }
    case .index(let spec):
      switch spec {
      case .flat, .codes, .ivf, .hnsw, .transformed, .panorama, .refined, .deduplicated:
        try spec.validate()
      case .residualCells(let bits):
        try spec.validate()
        let cells = 1 << bits.reduce(0, +)
        guard listCount == cells else {
          throw IndexError(
            .invalidSpecification, "\(spec) has \(cells) cells, for \(listCount) lists")
        }
      case .idMap:
        // faiss makes such an index, which can then never be trained.
        throw IndexError(.invalidSpecification, "\(spec) cannot find the cells of an inverted file")
      }
    }
  }
}
