public import VicinalCore

extension IndexSpec {
  /// Understands a factory string, as faiss's `index_factory` does.
  ///
  /// `Flat`, `HNSW` (M 32), `HNSW16`, `HNSW16,Flat`, `IVF100,Flat`, `IVF100_HNSW32,Flat`,
  /// `IVF100(HNSW32),Flat`, and any of them after `IDMap,`, `IDMap2,` or `L2norm,`.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification`` naming the part that is not understood;
  ///   ``IndexError/Code/unsupported`` for parts that faiss has and this version does not.
  public init(parsing string: String) throws(IndexError) {
    var parts = string.split(separator: ",", omittingEmptySubsequences: false)[...]
    guard parts.count <= Self.mostParts else {
      throw IndexError(
        .invalidSpecification,
        "a factory string has at most \(Self.mostParts) parts, this one has \(parts.count)")
    }
    self = try Self.parse(&parts, of: string)
    if let next = parts.first, Self.planned.contains(where: { next.hasPrefix($0) }) {
      throw Self.unknown(next, of: string)
    }
    guard parts.isEmpty else {
      throw IndexError(
        .invalidSpecification,
        "'\(string)' has more after its end: '\(parts.joined(separator: ","))'")
    }
    try validate()
  }

  private static let mostParts = 16

  private static func parse(
    _ parts: inout ArraySlice<Substring>, of string: String
  ) throws(IndexError) -> IndexSpec {
    guard let part = parts.popFirst() else {
      throw IndexError(.invalidSpecification, "'\(string)' ends where an index is expected")
    }
    switch part {
    case "Flat": return .flat
    case "IDMap": return .idMap(try parse(&parts, of: string), isReversible: false)
    case "IDMap2": return .idMap(try parse(&parts, of: string), isReversible: true)
    case "L2norm", "L2Norm": return .normalized(try parse(&parts, of: string))
    default: break
    }
    if part.hasPrefix("HNSW") {
      // `HNSW16_PQ8` is faiss's other way of writing `HNSW16,PQ8`.
      let (head, codec) = split(part, at: "_")
      let links = try hnswLinks(head, of: string)
      if let codec, codec != "Flat" { throw unknown(codec, of: string) }
      if let next = parts.first, next != "Flat" { throw unknown(next, of: string) }
      if parts.first == "Flat" { parts = parts.dropFirst() }
      return .hnsw(links: links)
    }
    if part.hasPrefix("IVF") {
      let (listCount, coarse) = try ivfHead(part.dropFirst(3), of: string)
      guard let codec = parts.popFirst() else {
        throw IndexError(
          .invalidSpecification, "'\(string)' needs what the lists hold: 'IVF\(listCount),Flat'")
      }
      guard codec == "Flat" else { throw unknown(codec, of: string) }
      return .ivf(listCount: listCount, coarse: coarse)
    }
    throw unknown(part, of: string)
  }

  private static func split(
    _ part: Substring, at separator: Character
  ) -> (head: Substring, rest: Substring?) {
    guard let place = part.firstIndex(of: separator) else { return (part, nil) }
    return (part[..<place], part[part.index(after: place)...])
  }

  private static func hnswLinks(
    _ part: Substring, of string: String
  ) throws(IndexError) -> Int {
    let digits = part.dropFirst(4)
    return digits.isEmpty ? 32 : try number(digits, "the M of HNSW", of: string)
  }

  /// `1024`, `1024_HNSW32`, `1024(HNSW32)` or `1024(Flat)`.
  private static func ivfHead(
    _ text: Substring, of string: String
  ) throws(IndexError) -> (Int, CoarseSpec) {
    let digits = text.prefix { $0.isNumber }
    let listCount = try number(digits, "the number of IVF lists", of: string)
    var rest = text.dropFirst(digits.count)
    if rest.isEmpty { return (listCount, .flat) }
    if rest.hasPrefix("_") {
      rest = rest.dropFirst()
    } else if rest.hasPrefix("("), rest.hasSuffix(")") {
      rest = rest.dropFirst().dropLast()
      if rest == "Flat" { return (listCount, .flat) }
    }
    guard rest.hasPrefix("HNSW") else { throw unknown(rest, of: string) }
    return (listCount, .hnsw(links: try hnswLinks(rest, of: string)))
  }

  private static func number(
    _ digits: Substring, _ name: String, of string: String
  ) throws(IndexError) -> Int {
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits) else {
      throw IndexError(
        .invalidSpecification, "\(name) must be a number, found '\(digits)' in '\(string)'")
    }
    return value
  }

  /// Words that faiss's factory knows and this version does not.
  private static let planned = [
    "PQ", "SQ", "OPQ", "PCA", "ITQ", "LSH", "IMI", "RR", "Pad", "NSG", "RQ", "LSQ", "PRQ", "PLSQ",
    "Refine", "RFlat", "RaBitQ", "Residual", "ZnLattice", "HR", "EDEN", "PFlat",
  ]

  private static func unknown(_ part: Substring, of string: String) -> IndexError {
    let known = "Flat, HNSW32, IVF1024,Flat, IVF1024_HNSW32,Flat, after IDMap, IDMap2 or L2norm"
    if planned.contains(where: { part.hasPrefix($0) }) {
      return IndexError(
        .unsupported, "'\(part)' in '\(string)' is not built yet; this version knows \(known)")
    }
    return IndexError(
      .invalidSpecification,
      "'\(part)' in '\(string)' is not understood; this version knows \(known)")
  }
}
