public import VicinalCoding
import VicinalCore

/// An additive quantizer in factory strings: `RQ4x8`, `RQ1x12_4x8_Nqint8`, `LSQ4x8`, `PRQ2x4x8`,
/// `PLSQ2x4x8`.
public struct AdditiveSpec: Sendable, Hashable {
  /// Whether entries are found by local search, `LSQ`, and not one after the other, `RQ`.
  public var isLocalSearch: Bool

  /// Parts that vectors are cut into, `PRQ` and `PLSQ`; `nil` for none.
  public var parts: Int?

  /// Bits of each codebook, of one part if there are parts.
  public var bits: [Int]

  /// What codes hold for L2; `nil` for what faiss takes: nothing, which under L2 means decoding.
  public var norm: AdditiveSearchType?

  /// - Parameters:
  ///   - bits: Of each codebook.
  ///   - parts: Parts that vectors are cut into, if any.
  ///   - isLocalSearch: Whether entries are found by local search.
  ///   - norm: What codes hold for L2.
  public init(
    bits: [Int], parts: Int? = nil, isLocalSearch: Bool = false, norm: AdditiveSearchType? = nil
  ) {
    (self.bits, self.parts, self.isLocalSearch, self.norm) = (bits, parts, isLocalSearch, norm)
  }

  /// All codebooks of all parts.
  private var codebooks: Int { bits.count * (parts ?? 1) }

  /// Codebooks and parts that a word may name.
  private static let mostCodebooks = 1 << 12

  /// Bytes of a code.
  var codeSize: Int {
    (bits.reduce(0, +) * (parts ?? 1) + (norm?.normBits ?? 0) + 7) / 8
  }

  /// Bytes of the tables of a codec, about: the codebooks in three orders, and products of entries.
  func tableBytes(dimension: Int) -> Int {
    let entries = bits.reduce(0) { $0 + 1 << min(24, $1) }
    var products = 0.0
    var before = 0.0
    for width in bits {
      products += 4 * before * Double(1 << min(24, width))
      before += Double(1 << min(24, width))
    }
    let most = 128.0 * 1024 * 1024
    return 12 * entries * dimension + Int(products > most ? 0 : products) * (parts ?? 1)
  }

  /// Requires numbers that belong together, as far as that needs no dimension.
  func problem() -> String? {
    guard (1...Self.mostCodebooks).contains(bits.count),
      (1...Self.mostCodebooks).contains(parts ?? 1)
    else { return "there must be 1…\(Self.mostCodebooks) codebooks, and as many parts at most" }
    guard bits.allSatisfy({ (1...24).contains($0) }) else {
      return "codebooks have 1…24 bits, not \(bits)"
    }
    guard !isLocalSearch || Set(bits).count == 1 else {
      return "all codebooks of a local search quantizer have the same bits"
    }
    return nil
  }

  /// Makes the codec, untrained.
  func makeCodec(dimension: Int, isL2: Bool) throws(IndexError) -> AdditiveQuantizer {
    try AdditiveQuantizer(
      dimension: dimension, bits: bits, parts: parts,
      method: isLocalSearch ? .localSearch(LocalSearchOptions()) : .residual(ResidualOptions()),
      norm: norm ?? (isL2 ? .decoding : .withoutNorm))
  }
}

extension AdditiveSpec: CustomStringConvertible {
  /// The word in factory strings.
  public var description: String {
    (parts == nil ? "" : "P") + (isLocalSearch ? "LSQ" : "RQ")
      + (parts.map { "\($0)x" } ?? "")
      + Self.runs(of: bits) + (norm?.factorySuffix ?? "")
  }

  /// `1x12_4x8`.
  static func runs(of bits: [Int]) -> String {
    var runs: [(count: Int, bits: Int)] = []
    for width in bits {
      if let last = runs.last, last.bits == width {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((1, width))
      }
    }
    return runs.map { "\($0.count)x\($0.bits)" }.joined(separator: "_")
  }
}

extension AdditiveSpec {
  /// Understands a word; `nil` if it is none of an additive quantizer.
  init?(word: Substring) {
    var rest = word
    var norm: AdditiveSearchType?
    for type in AdditiveSearchType.allCases {
      guard let suffix = type.factorySuffix, rest.hasSuffix(suffix) else { continue }
      norm = type
      rest = rest.dropLast(suffix.count)
      break
    }
    let names = [
      ("RQ", false, false), ("LSQ", true, false), ("PRQ", false, true), ("PLSQ", true, true),
    ]
    for (name, isLocalSearch, isProduct) in names {
      guard var body = rest.dropping(name) else { continue }
      var parts: Int?
      if isProduct {
        guard let place = body.firstIndex(of: "x"), let count = Int(plain: body[..<place]) else {
          return nil
        }
        parts = count
        body = body[body.index(after: place)...]
      }
      guard let bits = Self.bits(body, isMixed: name == "RQ") else { return nil }
      self.init(bits: bits, parts: parts, isLocalSearch: isLocalSearch, norm: norm)
      return
    }
    return nil
  }

  /// `4x8`, `1x12_4x8`.
  static func bits(_ text: Substring, isMixed: Bool) -> [Int]? {
    var bits: [Int] = []
    let groups = text.split(separator: "_", omittingEmptySubsequences: false)
    guard isMixed || groups.count == 1 else { return nil }
    for group in groups {
      let numbers = group.split(separator: "x", omittingEmptySubsequences: false)
      guard numbers.count == 2, let count = Int(plain: numbers[0]),
        let width = Int(plain: numbers[1]), (1...mostCodebooks).contains(count),
        bits.count + count <= mostCodebooks
      else { return nil }
      bits += [Int](repeating: width, count: count)
    }
    return bits
  }
}
