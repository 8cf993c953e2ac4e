import VicinalCompute
public import VicinalCore

/// Codes that name one entry of each of several codebooks and stand for the sum of these: residual
/// quantizers, where each codebook holds what those before leave over, and local search quantizers,
/// whose codebooks are fitted together. Both also for parts of the vectors (product variants).
///
/// ```swift
/// var quantizer = try AdditiveQuantizer(dimension: 128, bits: [8, 8, 8, 8], norm: .uniform8)
/// try quantizer.train(on: sample, execution: Execution())
/// let codes = try quantizer.encode(vectors, execution: Execution())  // 5 bytes per vector
/// ```
///
/// The corresponding faiss types are `ResidualQuantizer`, `LocalSearchQuantizer`,
/// `ProductResidualQuantizer` and `ProductLocalSearchQuantizer`; factory strings `RQ4x8_Nqint8`,
/// `LSQ4x8`, `PRQ2x4x8`, `PLSQ2x4x8`.
public struct AdditiveQuantizer: VectorCodec {
  /// Floats per vector. faiss: `d`.
  public let dimension: Int

  /// Whether vectors are cut into parts with codebooks of their own; there may be one part only.
  public let isProduct: Bool

  /// The codebooks; one part unless ``isProduct``.
  package internal(set) var parts: [AdditivePart]

  /// How norms are kept in codes.
  package internal(set) var norms: NormQuantizer

  /// Whether there are codebooks.
  public package(set) var isTrained: Bool

  /// What the last training wants the caller to know, for example that there were few vectors.
  public internal(set) var warnings: [String] = []

  /// What searching and encoding need beside the codebooks; made when it is first asked for.
  let prepared = PreparedCodebooks()

  /// An untrained quantizer.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector; a multiple of `parts`.
  ///   - bits: Bits of each codebook, 1…24; of each part if there are parts.
  ///   - parts: Parts that vectors are cut into (faiss: `nsplits`); `nil` for a quantizer that is
  ///     no product quantizer.
  ///   - method: How entries are learnt and chosen. Local search needs equal bits.
  ///   - norm: What codes hold for comparing by L2.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    dimension: Int, bits: [Int], parts: Int? = nil, method: AdditiveMethod = .residual(.init()),
    norm: AdditiveSearchType = .decoding
  ) throws(IndexError) {
    let count = parts ?? 1
    guard count >= 1, count <= 1 << 16, dimension > 0, dimension.isMultiple(of: count) else {
      throw IndexError(
        .invalidArgument,
        "a product quantizer cuts vectors into equal parts: \(count) does not divide the dimension"
          + " \(dimension)")
    }
    let norms = NormQuantizer(parts == nil ? norm : .decoding)
    let part = try AdditivePart(
      dimension: dimension / count, bits: bits, method: method, norms: norms)
    try self.init(
      dimension: dimension, parts: [AdditivePart](repeating: part, count: count),
      isProduct: parts != nil, norms: NormQuantizer(norm), isTrained: false)
  }

  /// Takes over what a file holds.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the parts do not make up the dimension, or
  ///   codebooks are missing although it is trained.
  package init(
    dimension: Int, parts: [AdditivePart], isProduct: Bool, norms: NormQuantizer, isTrained: Bool
  ) throws(IndexError) {
    guard !parts.isEmpty, isProduct || parts.count == 1,
      parts.allSatisfy({ $0.dimension == dimension / parts.count }),
      dimension.isMultiple(of: parts.count)
    else {
      throw IndexError(
        .invalidArgument,
        "\(parts.count) parts of \(parts.map(\.dimension)) floats do not make up \(dimension)")
    }
    for part in parts {
      try Self.validate(part)
      guard !isTrained || !part.codebooks.isEmpty else {
        throw IndexError(.invalidArgument, "a trained additive quantizer has no codebooks")
      }
    }
    guard parts.reduce(0, { $0 + $1.entryCount }) < Int(Int32.max) / 2 else {
      throw IndexError(.unsupported, "there are too many entries of codebooks")
    }
    guard !isTrained || norms.isTrained else {
      throw IndexError(.invalidArgument, "a trained additive quantizer has no table of norms")
    }
    self.dimension = dimension
    self.parts = parts
    self.isProduct = isProduct
    self.norms = norms
    self.isTrained = isTrained
  }

  private static func validate(_ part: AdditivePart) throws(IndexError) {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(IndexError) {
      guard condition else { throw IndexError(.invalidArgument, message()) }
    }
    switch part.method {
    case .residual(let options):
      try require(
        (1...1 << 16).contains(options.beamSize),
        "a beam must be 1…\(1 << 16), got \(options.beamSize)")
    case .localSearch(let options):
      try require(
        Set(part.bits).count == 1,
        "codebooks of a local search quantizer have equal bits, not \(part.bits)")
      let counts = [
        options.trainingRounds, options.encodingStarts, options.trainingStarts, options.passes,
        options.perturbations,
      ]
      try require(
        counts.allSatisfy { (0...1 << 30).contains($0) },
        "numbers of rounds must be 0…\(1 << 30), got \(counts)")
      // A vector would take minutes, and a file may say so.
      let steps = max(1, options.encodingStarts).multipliedReportingOverflow(
        by: max(1, options.passes))
      try require(
        !steps.overflow && steps.partialValue <= 1 << 18,
        "encoding takes at most \(1 << 18) passes for a vector (starts · passes), not"
          + " \(options.encodingStarts) · \(options.passes)")
      try require(
        options.regularization >= 0 && options.regularization.isFinite
          && options.coolingPower.isFinite,
        "regularization must be finite and not negative, got \(options.regularization)")
    }
  }

  /// Bits of each codebook, those of all parts one after the other. faiss: `nbits`.
  public var bits: [Int] { parts.flatMap(\.bits) }

  /// What codes hold for comparing by L2. faiss: `search_type`.
  public var norm: AdditiveSearchType { norms.type }

  /// How entries are learnt and chosen.
  public var method: AdditiveMethod { parts[0].method }

  /// Bytes per code: all bits of entries and norm together, rounded up.
  public var codeSize: Int { (bits.reduce(0, +) + norm.normBits + 7) / 8 }

  /// Memory of the codebooks and of what was made of them.
  public var byteCount: Int {
    parts.reduce(0) { $0 + $1.codebooks.count * 4 } + prepared.byteCount
  }

  /// Where the entries of each codebook begin in the order of all parts.
  var starts: [Int] {
    var first = 0
    return parts.flatMap { part in
      defer { first += part.entryCount }
      return part.starts.map { first + $0 }
    }
  }

  func requireTrained() throws(IndexError) {
    guard isTrained else {
      throw IndexError(.notTrained, "the additive quantizer must be trained first")
    }
  }
}
