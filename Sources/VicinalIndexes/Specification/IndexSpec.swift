public import VicinalCoding
public import VicinalCore

/// What an index is made of, as a value: factory strings parse to it and print from it, the
/// chooser returns it, reports show it.
///
/// ```swift
/// let spec = try IndexSpec(parsing: "OPQ16,IVF1024_HNSW32,PQ16")
/// var index = try spec.makeIndex(dimension: 128, metric: .l2)
/// print(spec)  // OPQ16,IVF1024_HNSW32,PQ16
/// ```
///
/// faiss: the argument of `index_factory`.
public indirect enum IndexSpec: Sendable, Hashable {
  /// Exhaustive search over floats, `Flat`.
  case flat
  /// Exhaustive search over codes, `SQ8`, `PQ16` …
  case codes(CodecSpec)
  /// A graph with `links` per node (faiss: M), over floats, `HNSW32,Flat`, or codes, `HNSW32,SQ8`.
  case hnsw(links: Int, codec: CodecSpec? = nil)
  /// An inverted file over floats, `IVF1024,Flat`, or codes, `IVF1024,PQ16`.
  case ivf(listCount: Int, coarse: CoarseSpec, codec: CodecSpec? = nil)
  /// Ids of the caller's choice, `IDMap,…` or, reversible, `IDMap2,…`.
  case idMap(IndexSpec, isReversible: Bool)
  /// Vectors that are transformed first, `OPQ16_64,…`; at least one transform.
  case transformed([TransformSpec], IndexSpec)
  /// Floats that files hold cut into levels: `.flat`, `FlatL2Panorama8` or `FlatIPPanorama8_32`, an
  /// inverted file, `IVF1024,FlatPanorama8`, or a graph, `HNSW32,FlatPanorama8`.
  case panorama(IndexSpec, PanoramaSpec)
  /// An inverted file of floats whose files hold equal vectors of a list once, `IVF1024,FlatDedup`.
  case deduplicated(IndexSpec)
  /// The best of a first index, compared again by a second: `…,RFlat`, `…,Refine(SQ8)`.
  case refined(IndexSpec, by: IndexSpec)
  /// Cells that are sums of entries of codebooks of so many bits, `RCQ2x3`: for the lists of
  /// `IVF64(RCQ2x3),Flat`; alone it can be trained, but holds no vectors.
  case residualCells(bits: [Int])

  /// What finds the cells of an inverted file.
  public enum CoarseSpec: Sendable, Hashable {
    /// Exact search over the cells, nothing in the string.
    case flat
    /// A graph over the cells, `IVF1024_HNSW32`.
    case hnsw(links: Int)
    /// The products of cells of parts of the vectors, `IMI2x8`: 2^(subspaces · bits) lists.
    case multiIndex(subspaces: Int, bits: Int)
    /// Any other index over the cells but an id map, `IVF1024(IVF32,Flat)`.
    case index(IndexSpec)
  }

  /// Vectors of length 1, `L2norm,…`: cosine similarity in front of an inner-product index.
  public static func normalized(_ inner: IndexSpec) -> IndexSpec {
    .transformed([.l2Normalization], inner)
  }

  /// The largest number that a factory string may name: more cells or links than any machine
  /// holds, and far from overflow.
  static let largestNumber = 1 << 30

  /// Whether there are transforms that must be trained.
  public var learnsTransforms: Bool {
    guard case .transformed(let transforms, _) = self else { return false }
    return transforms.contains {
      switch $0 {
      case .pca, .opq, .itq, .learnt: true
      case .l2Normalization, .padding, .randomRotation, .hadamard: false
      }
    }
  }

  /// Whether vectors are scaled to length 1 first.
  public var isNormalizing: Bool {
    switch self {
    case .transformed(let transforms, _): transforms.contains(.l2Normalization)
    case .idMap(let inner, _): inner.isNormalizing
    case .refined(let base, let refiner): base.isNormalizing && refiner.isNormalizing
    default: false
    }
  }

  /// The same index over vectors that are scaled to length 1 first.
  ///
  /// - Throws: ``IndexError`` if that makes no valid specification.
  public func normalizing() throws(IndexError) -> IndexSpec {
    if isNormalizing { return self }
    switch self {
    case .idMap(let inner, let isReversible):
      return .idMap(try inner.normalizing(), isReversible: isReversible)
    case .transformed(let transforms, let inner):
      return .transformed([.l2Normalization] + transforms, inner)
    case .refined(let base, let refiner):
      return .refined(try base.normalizing(), by: try refiner.normalizing())
    default: return .normalized(self)
    }
  }

  /// The innermost index that is searched first, without id maps, transforms and refinement.
  public var core: IndexSpec {
    switch self {
    case .idMap(let inner, _), .transformed(_, let inner), .refined(let inner, _),
      .panorama(let inner, _), .deduplicated(let inner):
      inner.core
    default: self
    }
  }
}

extension IndexSpec: CustomStringConvertible {
  /// The factory string, in the spelling that parses back to the same value.
  public var description: String { factoryString }

  /// The factory string, as faiss would accept it.
  public var factoryString: String {
    switch self {
    case .flat: "Flat"
    case .codes(let codec): "\(codec)"
    case .hnsw(let links, let codec): "HNSW\(links),\(codec?.description ?? "Flat")"
    case .ivf(let listCount, let coarse, let codec):
      coarse.factoryString(listCount: listCount) + ",\(codec?.description ?? "Flat")"
    case .idMap(let inner, let isReversible): (isReversible ? "IDMap2," : "IDMap,") + "\(inner)"
    case .transformed(let transforms, let inner):
      transforms.map { "\($0)," }.joined() + "\(inner)"
    case .panorama(let inner, let panorama): panorama.factoryString(of: inner)
    case .deduplicated(let inner):
      // An inverted file of floats ends with `,Flat`.
      "\(inner)Dedup"
    case .refined(let base, .flat): "\(base),RFlat"
    case .refined(let base, .panorama(.flat, let panorama)):
      "\(base),RefinePanorama(\(panorama.factoryString(of: .flat)))"
    case .refined(let base, let refiner): "\(base),Refine(\(refiner))"
    case .residualCells(let bits): "RCQ" + AdditiveSpec.runs(of: bits)
    }
  }
}

extension IndexSpec.CoarseSpec {
  fileprivate func factoryString(listCount: Int) -> String {
    switch self {
    case .flat: "IVF\(listCount)"
    case .hnsw(let links): "IVF\(listCount)_HNSW\(links)"
    case .multiIndex(let subspaces, let bits): "IMI\(subspaces)x\(bits)"
    case .index(let spec): "IVF\(listCount)(\(spec))"
    }
  }
}

extension IndexSpec: Codable {
  /// Reads a factory string.
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the factory string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(factoryString)
  }
}
