public import VicinalCore

/// What a binary index is built of, as a value that reads and writes factory strings.
///
/// ```swift
/// let spec = try BinaryIndexSpec(parsing: "BIVF1024_HNSW32")
/// var index = try spec.makeIndex(dimension: 256)
/// print(spec)  // BIVF1024_HNSW32
/// ```
///
/// faiss: the argument of `index_binary_factory`.
public indirect enum BinaryIndexSpec: Sendable, Hashable {
  /// Exhaustive search, `BFlat`.
  case flat
  /// A graph, `BHNSW32`, with `links` per node (faiss: M).
  case hnsw(links: Int)
  /// An inverted file, `BIVF1024`, or with a graph over the cells `BIVF1024_HNSW32`.
  case ivf(listCount: Int, coarseLinks: Int?)
  /// A hash table over the first bits, `BHash16`.
  case hash(bits: Int)
  /// Several hash tables over bits of their own, `BHash4x16`.
  case multiHash(tables: Int, bits: Int)
  /// Ids of the caller's choice, `IDMap,…` or, reversible, `IDMap2,…`.
  case idMap(BinaryIndexSpec, isReversible: Bool)

  /// Understands a factory string, as faiss's `index_binary_factory` does; `BIDMap` and `BIDMap2`
  /// also stand for `IDMap` and `IDMap2`.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification`` naming the part that is not understood.
  public init(parsing string: String) throws(IndexError) {
    let parts = string.split(separator: ",", omittingEmptySubsequences: false)
    guard let last = parts.last, parts.count <= 2 else {
      throw IndexError(
        .invalidSpecification, "'\(string)' has \(parts.count) parts; expected one behind an IDMap")
    }
    let core = try Self.core(last, of: string)
    switch parts.count == 2 ? parts[0] : "" {
    case "": self = core
    case "IDMap", "BIDMap": self = .idMap(core, isReversible: false)
    case "IDMap2", "BIDMap2": self = .idMap(core, isReversible: true)
    default: throw Self.unknown(parts[0], of: string)
    }
    if parts.count == 2, parts[0].isEmpty { throw Self.unknown(parts[0], of: string) }
  }

  private static func core(
    _ part: Substring, of string: String
  ) throws(IndexError) -> BinaryIndexSpec {
    if part == "BFlat" { return .flat }
    if part.hasPrefix("BHNSW") { return .hnsw(links: try links(part.dropFirst(5), of: string)) }
    if part.hasPrefix("BIVF") {
      let rest = part.dropFirst(4)
      guard let place = rest.firstIndex(of: "_") else {
        return .ivf(listCount: try number(rest, of: string), coarseLinks: nil)
      }
      let graph = rest[place...].dropFirst()
      guard graph.hasPrefix("HNSW") else { throw unknown(graph, of: string) }
      return .ivf(
        listCount: try number(rest[..<place], of: string),
        coarseLinks: try links(graph.dropFirst(4), of: string))
    }
    if part.hasPrefix("BHash") {
      let rest = part.dropFirst(5)
      guard let place = rest.firstIndex(of: "x") else {
        return .hash(bits: try number(rest, of: string))
      }
      return .multiHash(
        tables: try number(rest[..<place], of: string),
        bits: try number(rest[place...].dropFirst(), of: string))
    }
    throw unknown(part, of: string)
  }

  private static func links(_ digits: Substring, of string: String) throws(IndexError) -> Int {
    let links = try number(digits, of: string)
    do throws(IndexError) {
      try IndexSpec.requireLinks(links)
    } catch {
      throw wrong(error.message, digits, of: string)
    }
    return links
  }

  private static func number(_ digits: Substring, of string: String) throws(IndexError) -> Int {
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits),
      value >= 1, value <= Int(Int32.max)
    else {
      throw wrong("a number of 1…\(Int32.max) is expected, found '\(digits)'", digits, of: string)
    }
    return value
  }

  private static func unknown(_ part: Substring, of string: String) -> IndexError {
    wrong(
      "'\(part)' is not understood; binary indexes are BFlat, BIVF1024, BIVF1024_HNSW32, BHNSW32,"
        + " BHash16 and BHash4x16, also behind IDMap or IDMap2", part, of: string)
  }

  /// An error that says at which character of the string the part begins.
  private static func wrong(
    _ problem: String, _ part: Substring, of string: String
  ) -> IndexError {
    let place = string.distance(from: string.startIndex, to: part.startIndex) + 1
    return IndexError(.invalidSpecification, "'\(string)', character \(place): \(problem)")
  }

  /// Makes the empty index.
  ///
  /// - Parameter dimension: Bits per vector, a multiple of 8.
  /// - Throws: ``IndexError/Code/invalidArgument`` for numbers outside their ranges.
  public func makeIndex(dimension: Int) throws(IndexError) -> any BinaryIndex {
    switch self {
    case .flat: return try BinaryFlatIndex(dimension: dimension)
    case .hnsw(let links): return try BinaryHNSWIndex(dimension: dimension, links: links)
    case .ivf(let listCount, let links):
      guard let links else {
        return try BinaryIVFIndex(dimension: dimension, listCount: listCount)
      }
      return try BinaryIVFIndex(
        dimension: dimension, listCount: listCount,
        coarse: BinaryHNSWIndex(dimension: dimension, links: links))
    case .hash(let bits): return try BinaryHashIndex(dimension: dimension, hashBits: bits)
    case .multiHash(let tables, let bits):
      return try BinaryMultiHashIndex(dimension: dimension, tableCount: tables, hashBits: bits)
    case .idMap(let inner, let isReversible):
      return try BinaryIDMapIndex(
        inner.makeIndex(dimension: dimension), isReversible: isReversible)
    }
  }
}

extension BinaryIndexSpec: CustomStringConvertible {
  /// The factory string, as faiss accepts it; it parses back to the same value.
  public var description: String {
    switch self {
    case .flat: "BFlat"
    case .hnsw(let links): "BHNSW\(links)"
    case .ivf(let listCount, nil): "BIVF\(listCount)"
    case .ivf(let listCount, let links?): "BIVF\(listCount)_HNSW\(links)"
    case .hash(let bits): "BHash\(bits)"
    case .multiHash(let tables, let bits): "BHash\(tables)x\(bits)"
    case .idMap(let inner, let isReversible): (isReversible ? "IDMap2," : "IDMap,") + "\(inner)"
    }
  }
}
