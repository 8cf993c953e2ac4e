public import VicinalCore

/// What an index is made of, as a value: factory strings parse to it and print from it, the
/// chooser returns it, reports show it.
///
/// ```swift
/// let spec = try IndexSpec(parsing: "IVF1024_HNSW32,Flat")
/// var index = try spec.makeIndex(dimension: 128, metric: .l2)
/// print(spec)  // IVF1024_HNSW32,Flat
/// ```
///
/// faiss: the argument of `index_factory`.
public indirect enum IndexSpec: Sendable, Hashable {
  /// Exhaustive search, `Flat`.
  case flat
  /// A graph over floats, `HNSW32,Flat`, with `links` per node (faiss: M).
  case hnsw(links: Int)
  /// An inverted file over floats, `IVF1024,Flat`.
  case ivf(listCount: Int, coarse: CoarseSpec)
  /// Ids of the caller's choice, `IDMap,…` or, reversible, `IDMap2,…`.
  case idMap(IndexSpec, isReversible: Bool)
  /// Vectors of length 1, `L2norm,…`: cosine similarity in front of an inner-product index.
  case normalized(IndexSpec)

  /// What finds the cells of an inverted file.
  public enum CoarseSpec: Sendable, Hashable {
    /// Exact search over the cells, nothing in the string.
    case flat
    /// A graph over the cells, `IVF1024_HNSW32`.
    case hnsw(links: Int)
  }

  /// The largest number that a factory string may name: more cells or links than any machine
  /// holds, and far from overflow.
  static let largestNumber = 1 << 30

  /// Requires numbers within their ranges; parsing and building call it.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification``.
  public func validate() throws(IndexError) {
    func require(_ value: Int, _ range: ClosedRange<Int>, _ name: String) throws(IndexError) {
      guard range.contains(value) else {
        throw IndexError(
          .invalidSpecification,
          "\(name) must be \(range.lowerBound)…\(range.upperBound), got \(value)")
      }
    }
    switch self {
    case .flat: break
    case .hnsw(let links): try require(links, 2...1024, "the M of HNSW")
    case .ivf(let listCount, let coarse):
      try require(listCount, 1...Self.largestNumber, "the number of IVF lists")
      if case .hnsw(let links) = coarse { try require(links, 2...1024, "the M of HNSW") }
    case .idMap(let inner, _):
      if case .idMap = inner {
        throw IndexError(.invalidSpecification, "an id map cannot hold another id map")
      }
      try inner.validate()
    case .normalized(let inner):
      switch inner {
      case .idMap, .normalized:
        throw IndexError(
          .invalidSpecification, "L2norm goes directly before the index: IDMap,L2norm,…")
      default: try inner.validate()
      }
    }
  }

  /// The innermost index, without id maps and transforms.
  public var core: IndexSpec {
    switch self {
    case .idMap(let inner, _), .normalized(let inner): inner.core
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
    case .hnsw(let links): "HNSW\(links),Flat"
    case .ivf(let listCount, .flat): "IVF\(listCount),Flat"
    case .ivf(let listCount, .hnsw(let links)): "IVF\(listCount)_HNSW\(links),Flat"
    case .idMap(let inner, let isReversible): (isReversible ? "IDMap2," : "IDMap,") + "\(inner)"
    case .normalized(let inner): "L2norm,\(inner)"
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
