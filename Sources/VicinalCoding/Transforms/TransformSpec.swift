public import VicinalCore

/// A transform as factory strings name it.
///
/// ```swift
/// let spec = try TransformSpec(parsing: "OPQ16_64")
/// let transform = try spec.makeTransform(inputDimension: 128)
/// print(spec)  // OPQ16_64
/// ```
public enum TransformSpec: Sendable, Hashable {
  /// `PCA80`; with `W` whitened, with `R` rotated at random: `PCAR80`, `PCAW80`, `PCAWR80`.
  case pca(dimension: Int, isWhitened: Bool, isRotated: Bool)
  /// `OPQ16` for 16 parts, `OPQ16_64` with 64 dimensions afterwards.
  case opq(subspaces: Int, dimension: Int?)
  /// `RR`, or `RR64` to 64 dimensions.
  case randomRotation(dimension: Int?)
  /// `ITQ`, or `ITQ64` with a PCA to 64 dimensions first.
  case itq(dimension: Int?)
  /// `AE64`: an autoencoder to 64 dimensions; `CC64x1024`, or `CC64` for as many: a projection that
  /// tells 1,024 cells apart. Not of faiss; see ``LearntProjection``.
  case learnt(dimension: Int, cells: Int?)
  /// `L2norm`.
  case l2Normalization
  /// `Pad128`: zeros up to 128 dimensions, nothing if there are as many already.
  case padding(dimension: Int)
  /// `HR`, or `HR7` with the seed 7.
  case hadamard(seed: UInt32?)

  /// Understands one word of a factory string.
  ///
  /// - Returns: `nil` if the word does not begin like a transform.
  /// - Throws: ``IndexError/Code/invalidSpecification`` if it does, but is wrong.
  public init?(word: Substring) throws(IndexError) {
    if word == "L2norm" || word == "L2Norm" {
      self = .l2Normalization
    } else if let rest = word.after("OPQ") {
      let parts = rest.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
      self = .opq(
        subspaces: try Self.number(parts.first ?? "", of: word),
        dimension: parts.count > 1 ? try Self.number(parts[1], of: word) : nil)
    } else if var rest = word.after("PCA") {
      let isWhitened = rest.hasPrefix("W")
      if isWhitened { rest = rest.dropFirst() }
      let isRotated = rest.hasPrefix("R")
      if isRotated { rest = rest.dropFirst() }
      self = .pca(
        dimension: try Self.number(rest, of: word), isWhitened: isWhitened, isRotated: isRotated)
    } else if let rest = word.after("RR") {
      self = .randomRotation(dimension: try Self.optionalNumber(rest, of: word))
    } else if let rest = word.after("ITQ") {
      self = .itq(dimension: try Self.optionalNumber(rest, of: word))
    } else if let rest = word.after("AE") {
      self = .learnt(dimension: try Self.number(rest, of: word), cells: nil)
    } else if let rest = word.after("CC") {
      let parts = rest.split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false)
      self = .learnt(
        dimension: try Self.number(parts.first ?? "", of: word),
        cells: parts.count > 1 ? try Self.number(parts[1], of: word, least: 2) : Self.usualCells)
    } else if let rest = word.after("Pad") {
      self = .padding(dimension: try Self.number(rest, of: word))
    } else if let rest = word.after("HR") {
      let seed = try Self.optionalNumber(rest, of: word, least: 0)
      self = .hadamard(seed: seed.map { UInt32(clamping: $0) })
    } else {
      return nil
    }
  }

  /// Understands one word, which must be a transform.
  ///
  /// - Throws: ``IndexError/Code/invalidSpecification``.
  public init(parsing word: String) throws(IndexError) {
    guard let spec = try TransformSpec(word: word[...]) else {
      throw IndexError(
        .invalidSpecification,
        "'\(word)' is no vector transform; there are PCA64, PCAR64, PCAW64, PCAWR64, OPQ16, OPQ16_64,"
          + " RR, RR64, ITQ, ITQ64, AE64, CC64x1024, L2norm, Pad128, HR and HR7")
    }
    self = spec
  }

  /// Cells that `CC64` learns to tell apart.
  private static let usualCells = 1024

  private static func optionalNumber(
    _ digits: Substring, of word: Substring, least: Int = 1
  ) throws(IndexError) -> Int? {
    digits.isEmpty ? nil : try number(digits, of: word, least: least)
  }

  private static func number(
    _ digits: Substring, of word: Substring, least: Int = 1
  ) throws(IndexError) -> Int {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let value = Int(digits), value >= least, value <= UInt32.max
    else {
      throw IndexError(
        .invalidSpecification,
        "expected a number from \(least) on in '\(word)', found '\(digits)'")
    }
    return value
  }

  /// Floats per vector afterwards.
  public func outputDimension(for inputDimension: Int) -> Int {
    switch self {
    case .pca(let dimension, _, _), .learnt(let dimension, _): dimension
    case .opq(_, let dimension), .randomRotation(let dimension), .itq(let dimension):
      dimension ?? inputDimension
    case .l2Normalization: inputDimension
    case .padding(let dimension): max(dimension, inputDimension)
    case .hadamard:
      inputDimension > 1 ? 1 << (Int.bitWidth - (inputDimension - 1).leadingZeroBitCount) : 1
    }
  }

  /// The transform, not trained yet; a random rotation is drawn when it is trained.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the numbers do not fit the dimension.
  public func makeTransform(
    inputDimension: Int
  ) throws(IndexError) -> any VectorTransform {
    switch self {
    case .pca(let dimension, let isWhitened, let isRotated):
      var options = PCA.Options()
      options.eigenPower = isWhitened ? -0.5 : 0
      options.isRotated = isRotated
      return try PCA(
        inputDimension: inputDimension, outputDimension: dimension, options: options)
    case .opq(let subspaces, let dimension):
      return try OPQ(
        inputDimension: inputDimension, subspaces: subspaces, outputDimension: dimension)
    case .randomRotation(let dimension):
      return try RandomRotation(
        inputDimension: inputDimension, outputDimension: dimension ?? inputDimension)
    case .itq(let dimension):
      return try ITQTransform(
        inputDimension: inputDimension, outputDimension: dimension ?? inputDimension,
        hasPCA: dimension != nil)
    case .learnt(let dimension, let cells):
      return try LearntProjection(
        inputDimension: inputDimension, outputDimension: dimension,
        task: cells.map { .cells($0) } ?? .reconstruction())
    case .l2Normalization:
      try requireDimensions(inputDimension, inputDimension)
      return L2Normalization(dimension: inputDimension)
    case .padding(let dimension):
      return try RemapDimensions(
        inputDimension: inputDimension, outputDimension: max(dimension, inputDimension))
    case .hadamard(let seed):
      return try HadamardRotation(
        inputDimension: inputDimension, seed: seed ?? HadamardRotation.defaultSeed)
    }
  }
}

extension TransformSpec: CustomStringConvertible {
  /// The word, as faiss would accept it but for projections that are learnt.
  public var description: String {
    switch self {
    case .pca(let dimension, let isWhitened, let isRotated):
      "PCA\(isWhitened ? "W" : "")\(isRotated ? "R" : "")\(dimension)"
    case .opq(let subspaces, let dimension):
      "OPQ\(subspaces)" + (dimension.map { "_\($0)" } ?? "")
    case .randomRotation(let dimension): "RR" + (dimension.map(String.init) ?? "")
    case .itq(let dimension): "ITQ" + (dimension.map(String.init) ?? "")
    case .learnt(let dimension, let cells):
      cells.map { "CC\(dimension)" + ($0 == Self.usualCells ? "" : "x\($0)") } ?? "AE\(dimension)"
    case .l2Normalization: "L2norm"
    case .padding(let dimension): "Pad\(dimension)"
    case .hadamard(let seed): "HR" + (seed.map { String($0) } ?? "")
    }
  }
}

extension Substring {
  /// What follows a beginning, or `nil` if there is another.
  fileprivate func after(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
