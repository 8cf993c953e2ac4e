import VicinalCoding

extension CodecSpec {
  /// What follows the header in the record of codes that are searched exhaustively.
  func flatFileBytes(_ count: Int, _ dimension: Int) -> Double {
    let size = codeSize(dimension: dimension)
    let codes = 8 + Double(count) * Double(size)
    switch self {
    case .scalar: return quantizerBytes(dimension) + codes
    case .product, .productRefined: return quantizerBytes(dimension) + codes + 9
    case .fastScan(let subspaces, _, let blockVectors):
      let blocks = (count + blockVectors - 1) / blockVectors
      return quantizerBytes(dimension) + 12 + 16 + 8
        + Double(blocks) * Double(blockVectors) * Double((subspaces + 1) / 2)
    case .lsh(let bits, let isRotated, let areThresholdsTrained):
      let width = bits ?? dimension
      return 4 + 2 + 8 + Double(areThresholdsTrained ? 4 * width : 0) + 4 + 13
        + FileParts.linear(isRotated ? width : 0, dimension, bias: 0) + codes
    case .raBitQ: return quantizerBytes(dimension) + codes + 8 + 4 * Double(dimension) + 1
    case .raBitQFastScan(_, let blockVectors):
      let blocks = (count + blockVectors - 1) / blockVectors
      return quantizerBytes(dimension) + 8 + 4 * Double(dimension) + 1 + 4 + 24 + 8
        + Double(blocks) * Double(blockVectors * interleavedSize(dimension))
    case .additive: return quantizerBytes(dimension) + 8 + codes
    }
  }

  /// What follows the header and the coarse quantizer in the record of inverted lists of codes.
  func listsFileBytes(_ count: Int, _ dimension: Int, _ listCount: Int) -> Double {
    let size = codeSize(dimension: dimension)
    let lists = FileParts.lists(count: count, codeSize: size, listCount: listCount)
    let quantizer = quantizerBytes(dimension)
    switch self {
    case .scalar, .product: return quantizer + 9 + lists
    case .productRefined(let subspaces, let refinement):
      return 2 * quantizer + 9 + 8 + 4 + Double(count) * Double(refinement)
        + FileParts.lists(count: count, codeSize: subspaces, listCount: listCount)
    case .fastScan(_, _, let blockVectors), .raBitQFastScan(_, let blockVectors):
      return quantizer + 37
        + FileParts.blocks(
          count: count, listCount: listCount, blockVectors: blockVectors,
          blockBytes: blockVectors * interleavedSize(dimension))
    case .raBitQ: return quantizer + 10 + lists
    case .additive: return quantizer + 13 + lists
    case .lsh(let bits, let isRotated, _):
      return quantizer + 13 + 12
        + FileParts.linear(isRotated ? bits ?? dimension : 0, dimension, bias: 0) + lists
    }
  }

  /// Bytes of a code where codes of a block are interleaved.
  private func interleavedSize(_ dimension: Int) -> Int {
    guard case .raBitQFastScan = self else { return codeSize(dimension: dimension) }
    // Signs come in groups of four, two groups to a byte.
    let signs = ((dimension + 3) / 4 + 1) / 2
    return signs + codeSize(dimension: dimension) - (dimension + 7) / 8
  }

  /// The record of the quantizer itself (4.1 … 4.3, 4.11).
  private func quantizerBytes(_ dimension: Int) -> Double {
    switch self {
    case .scalar(let kind): return 36 + 4 * Double(kind.trainedFloats(dimension))
    case .product(_, let bits, _): return FileParts.product(dimension: dimension, bits: bits)
    case .productRefined: return FileParts.product(dimension: dimension, bits: 8)
    case .fastScan: return FileParts.product(dimension: dimension, bits: 4)
    case .lsh: return 0
    case .raBitQ(let bits): return bits == 1 ? 20 : 28
    case .raBitQFastScan: return 28
    case .additive(let spec): return spec.quantizerFileBytes(dimension)
    }
  }
}

extension ScalarQuantizer.Kind {
  /// Floats that training finds (4.2).
  fileprivate func trainedFloats(_ dimension: Int) -> Int {
    switch self {
    case .bits8, .bits4, .bits6: 2 * dimension
    case .uniform8, .uniform4: 2
    case .float16, .direct, .bfloat16, .directSigned, .bits0: 0
    default: (2 << bits) - 1
    }
  }
}

extension AdditiveSpec {
  /// An additive quantizer (4.3) without tables of norms, about: local search adds a few numbers.
  func quantizerFileBytes(_ dimension: Int) -> Double {
    let entries = bits.reduce(0.0) { $0 + Double(1 << min(24, $1)) }
    let books = 4 * entries * Double(dimension)
    let fixed = 16 + 8 + 8 * Double(bits.count) + 9 + 12 + (isLocalSearch ? 73.0 : 8)
    guard let parts else { return fixed + books }
    // Parts bring codebooks of their own, which are kept once more for all.
    return 2 * books + fixed * Double(parts + 1)
  }
}
