public import VicinalCoding
import VicinalCore

/// What vectors are kept as, in factory strings the last word of an index.
public enum CodecSpec: Sendable, Hashable {
  /// Each coordinate on its own: `SQ8`, `SQ4`, `SQfp16` …
  case scalar(ScalarQuantizer.Kind)
  /// Parts of the vectors by the nearest of 2^bits centroids: `PQ16`, `PQ16x10`; without
  /// polysemous training, which 8-bit codes get, `PQ16np`.
  case product(subspaces: Int, bits: Int, isPolysemous: Bool)
  /// The same with 4 bits, interleaved for fast scanning: `PQ16x4fs`; in inverted lists of
  /// residuals `PQ16x4fsr`; in blocks of more codes than 32 `PQ16x4fs_64`.
  case fastScan(subspaces: Int, isResidual: Bool, blockVectors: Int)
  /// 8-bit codes in inverted lists, and further ones of what the first leave over, for comparing
  /// the best again: `PQ8+16`.
  case productRefined(subspaces: Int, refinement: Int)
  /// Signs: `LSH`, of so many coordinates `LSH64`, rotated `LSHr`, against trained thresholds
  /// `LSHt`.
  case lsh(bits: Int?, isRotated: Bool, areThresholdsTrained: Bool)
  /// Signs with factors that correct for what they lose, and further bits: `RaBitQ`, `RaBitQ4`.
  case raBitQ(bits: Int)
  /// Sums of entries of several codebooks: `RQ4x8`, `LSQ4x8_Nqint8`, `PRQ2x4x8` …
  case additive(AdditiveSpec)
  /// The same, interleaved for fast scanning: `RaBitQfs`, `RaBitQfs4`; in blocks of more codes
  /// than 32 `RaBitQfs4_64`.
  case raBitQFastScan(bits: Int, blockVectors: Int)

  /// A product quantizer with 8 bits, `PQ16`.
  public static func product(subspaces: Int) -> CodecSpec {
    .product(subspaces: subspaces, bits: 8, isPolysemous: true)
  }

  /// The same codes without polysemous training, which changes only how codes are numbered.
  package var withoutPolysemousTraining: CodecSpec {
    guard case .product(let subspaces, let bits, _) = self else { return self }
    return .product(subspaces: subspaces, bits: bits, isPolysemous: false)
  }

  /// Codes of so many bits have polysemous training unless they say otherwise.
  static let polysemousBits = 8
}

extension CodecSpec: CustomStringConvertible {
  /// The word in factory strings.
  public var description: String {
    switch self {
    case .scalar(let kind): kind.factoryName ?? "SQ?\(kind.rawValue)"
    case .product(let subspaces, 8, let isPolysemous): "PQ\(subspaces)" + (isPolysemous ? "" : "np")
    case .product(let subspaces, let bits, _): "PQ\(subspaces)x\(bits)"
    case .fastScan(let subspaces, let isResidual, let blockVectors):
      "PQ\(subspaces)x4fs" + (isResidual ? "r" : "")
        + (blockVectors == 32 ? "" : "_\(blockVectors)")
    case .productRefined(let subspaces, let refinement): "PQ\(subspaces)+\(refinement)"
    case .lsh(let bits, let isRotated, let areThresholdsTrained):
      "LSH" + (bits.map(String.init) ?? "") + (isRotated ? "r" : "")
        + (areThresholdsTrained ? "t" : "")
    case .raBitQ(let bits): "RaBitQ" + (bits == 1 ? "" : "\(bits)")
    case .additive(let spec): "\(spec)"
    case .raBitQFastScan(let bits, let blockVectors):
      "RaBitQfs" + (bits == 1 ? "" : "\(bits)") + (blockVectors == 32 ? "" : "_\(blockVectors)")
    }
  }
}

extension CodecSpec {
  /// Understands a word.
  ///
  /// - Returns: `nil` if the word does not look like a codec at all.
  init?(word: Substring) {
    if let kind = ScalarQuantizer.Kind(factoryName: String(word)) {
      self = .scalar(kind)
    } else if let spec = AdditiveSpec(word: word) {
      self = .additive(spec)
    } else if let rest = word.dropping("PQ") {
      guard let spec = Self.product(rest) else { return nil }
      self = spec
    } else if let rest = word.dropping("LSH") {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let flags = rest.dropFirst(digits.count)
      guard ["", "r", "t", "rt"].contains(flags), digits.isEmpty || Int(ofCodec: digits) != nil
      else { return nil }
      self = .lsh(
        bits: Int(ofCodec: digits), isRotated: flags.contains("r"),
        areThresholdsTrained: flags.contains("t")
      )
    } else if let rest = word.dropping("RaBitQfs") {
      let digits = rest.prefix { $0 != "_" }
      let tail = rest.dropFirst(digits.count)
      guard let bits = digits.isEmpty ? 1 : Int(ofCodec: digits),
        let block = tail.isEmpty ? 32 : Int(ofCodec: tail.dropFirst())
      else { return nil }
      self = .raBitQFastScan(bits: bits, blockVectors: block)
    } else if let rest = word.dropping("RaBitQ") {
      guard let bits = rest.isEmpty ? 1 : Int(ofCodec: rest) else { return nil }
      self = .raBitQ(bits: bits)
    } else {
      return nil
    }
  }

  /// `16`, `16x4`, `16np`, `16x4fs`, `16x4fsr_64`, `8+16`.
  private static func product(_ text: Substring) -> CodecSpec? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let subspaces = Int(ofCodec: digits) else { return nil }
    var rest = text.dropFirst(digits.count)
    if let more = rest.dropping("+") {
      return Int(ofCodec: more).map { .productRefined(subspaces: subspaces, refinement: $0) }
    }
    var bits = polysemousBits
    if let more = rest.dropping("x") {
      let digits = more.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(ofCodec: digits) else { return nil }
      bits = number
      rest = more.dropFirst(digits.count)
    }
    if let more = rest.dropping("fs") {
      guard bits == 4 else { return nil }
      let isResidual = more.hasPrefix("r")
      let tail = isResidual ? more.dropFirst() : more
      guard let block = tail.isEmpty ? 32 : tail.dropping("_").flatMap({ Int(ofCodec: $0) }) else {
        return nil
      }
      return .fastScan(subspaces: subspaces, isResidual: isResidual, blockVectors: block)
    }
    guard rest.isEmpty || rest == "np" else { return nil }
    return .product(
      subspaces: subspaces, bits: bits, isPolysemous: bits == polysemousBits && rest.isEmpty)
  }
}

extension Substring {
  /// What follows a beginning, or `nil` if this text begins otherwise.
  func dropping(_ beginning: String) -> Substring? {
    hasPrefix(beginning) ? dropFirst(beginning.count) : nil
  }
}

extension Int {
  /// A number written in ASCII digits only, without a sign.
  init?(plain digits: Substring) {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let value = Int(digits)
    else { return nil }
    self = value
  }
}

extension Int {
  /// Parts or bits of a codec: no vector has more numbers than this, and products of such numbers and
  /// dimensions do not overflow.
  fileprivate init?(ofCodec digits: Substring) {
    guard let value = Int(plain: digits), value <= 1 << 24 else { return nil }
    self = value
  }
}
