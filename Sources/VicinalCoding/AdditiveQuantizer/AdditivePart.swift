import VicinalCompute
package import VicinalCore

/// The codebooks of some consecutive coordinates: all coordinates, unless it is one of the parts of
/// a product quantizer. A record of its own in files.
package struct AdditivePart: Sendable {
  /// Floats of an entry.
  package let dimension: Int

  /// Bits of each codebook. faiss: `nbits`.
  package let bits: [Int]

  /// `entryCount × dimension` floats, codebook after codebook; empty before training.
  package internal(set) var codebooks: [Float] = []

  /// How entries are learnt and chosen.
  package internal(set) var method: AdditiveMethod

  /// What the record of this part says about norms; nothing else looks at it.
  package internal(set) var norms: NormQuantizer

  /// Largest number of bits of a codebook.
  static let largestBits = 24

  /// An untrained part.
  package init(
    dimension: Int, bits: [Int], method: AdditiveMethod, norms: NormQuantizer
  ) throws(IndexError) {
    guard dimension > 0, dimension <= 1 << 20 else {
      throw IndexError(
        .invalidArgument,
        "an additive quantizer needs a dimension of 1…\(1 << 20), got \(dimension)")
    }
    guard !bits.isEmpty, bits.count <= 1 << 16,
      bits.allSatisfy({ (1...Self.largestBits).contains($0) })
    else {
      throw IndexError(
        .invalidArgument,
        "an additive quantizer needs codebooks of 1 to \(Self.largestBits) bits, got \(bits)")
    }
    var entries = 0
    for width in bits { entries += 1 << width }
    _ = try checkedProduct(entries, dimension, 16, of: "the codebooks of an additive quantizer")
    guard entries < Int(Int32.max) / 2 else {
      throw IndexError(.unsupported, "\(entries) entries of codebooks are too many")
    }
    (self.dimension, self.bits, self.method, self.norms) = (dimension, bits, method, norms)
  }

  /// A part with given codebooks.
  package init(
    dimension: Int, bits: [Int], method: AdditiveMethod, norms: NormQuantizer,
    codebooks: [Float]
  ) throws(IndexError) {
    try self.init(dimension: dimension, bits: bits, method: method, norms: norms)
    guard codebooks.isEmpty || codebooks.count == entryCount * dimension else {
      throw IndexError(
        .invalidArgument,
        "\(entryCount) entries of \(dimension) floats are \(entryCount * dimension) floats, got"
          + " \(codebooks.count)")
    }
    guard codebooks.allSatisfy(\.isFinite) else {
      throw IndexError(.notFinite, "codebooks of an additive quantizer must be finite")
    }
    self.codebooks = codebooks
  }

  /// Entries of all codebooks together. faiss: `total_codebook_size`.
  package var entryCount: Int { bits.reduce(0) { $0 + 1 << $1 } }

  /// The first entry of each codebook. faiss: `codebook_offsets`.
  var starts: [Int] {
    var next = 0
    return bits.map { width in
      defer { next += 1 << width }
      return next
    }
  }

  /// Entries of codebook `number`, row-major.
  func entries(of number: Int) -> ArraySlice<Float> {
    let first = starts[number] * dimension
    return codebooks[first..<first + dimension << bits[number]]
  }
}
