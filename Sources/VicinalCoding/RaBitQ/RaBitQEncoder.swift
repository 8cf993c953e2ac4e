import VicinalCompute
import VicinalCore

/// Writes RaBitQ codes (section 10.5 of the format document), with memory that is used again for
/// each vector.
struct RaBitQEncoder {
  /// Codes written so far.
  var codes: [UInt8] = []

  private let dimension: Int
  private let extraBits: Int
  private let isInnerProduct: Bool
  private let kernels: KernelSet
  private var residual: [Float]
  private var magnitudes: [Float]
  private var levels: [UInt8]

  /// Below this, sums of squares count as zero; faiss's own limit.
  private static let epsilon: Float = 1.192_092_9e-7

  /// Standard deviations that the error factor stands for. faiss: `kConstEpsilon`.
  private static let errorScale: Float = 1.9

  init(codec: RaBitQuantizer, kernels: KernelSet) {
    dimension = codec.dimension
    extraBits = codec.extraBits
    isInnerProduct = codec.metric == .innerProduct
    self.kernels = kernels
    residual = Array(repeating: 0, count: dimension)
    magnitudes = Array(repeating: 0, count: (dimension + 15) / 16 * 16)
    levels = Array(repeating: 0, count: dimension)
  }

  /// Adds the code of a vector.
  mutating func append(_ vector: Span<Float>, around origin: Span<Float>) {
    var (square, sum, whole, offset): (Float, Float, Float, Float) = (0, 0, 0, 0)
    let start = codes.count
    for _ in 0..<(dimension + 7) / 8 { codes.append(0) }
    for index in 0..<dimension {
      let value = vector[index] - origin[index]
      residual[index] = value
      magnitudes[index] = abs(value)
      square += value * value
      sum += abs(value)
      whole += vector[index] * vector[index]
      offset += origin[index] * value
      if value > 0 { codes[start + index >> 3] |= 1 << UInt8(index & 7) }
    }
    append(isInnerProduct ? square - whole : square)
    append(sum > 0 ? Float(dimension).squareRoot() * square / sum : 0)
    guard extraBits > 0 else { return }
    append(error(square, sum))
    kernels.rabitqCodes(of: magnitudes, dimension: dimension, bits: extraBits, into: &levels)
    let rescale = appendLevels(norm: square.squareRoot())
    append(isInnerProduct ? offset : square)
    append(isInnerProduct ? rescale : -2 * rescale)
  }

  /// Half the width of the interval that the one-bit estimate lies in, nearly always.
  private func error(_ square: Float, _ sum: Float) -> Float {
    guard sum > 0, dimension > 1 else { return 0 }
    let ratio = square / sum * Float(dimension) / sum
    guard ratio > 1 else { return 0 }
    let width = ((ratio - 1) / Float(dimension - 1)).squareRoot()
    return (isInnerProduct ? 1 : 2) * Self.errorScale * square.squareRoot() * width
  }

  /// Adds the bit string of the levels, taken from the negative end for negative coordinates, and
  /// gives ‖r‖ / t.
  private mutating func appendLevels(norm: Float) -> Float {
    let most = UInt8((1 << extraBits) - 1)
    var product: Float = 0
    var (word, filled): (UInt32, UInt32) = (0, 0)
    for index in 0..<dimension {
      let level = levels[index]
      product += (Float(level) + 0.5) * magnitudes[index]
      let code = residual[index] > 0 ? level : most - level
      word |= UInt32(code) << filled
      filled += UInt32(extraBits)
      while filled >= 8 {
        codes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
        filled -= 8
      }
    }
    if filled > 0 { codes.append(UInt8(truncatingIfNeeded: word)) }
    // t = Σ |u_j| |r_j| / ‖r‖.
    return product > 0 ? norm * norm / product : 0
  }

  private mutating func append(_ value: Float) {
    let bits = value.bitPattern
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      codes.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }
}
