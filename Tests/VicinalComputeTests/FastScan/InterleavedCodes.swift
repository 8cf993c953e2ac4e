import VicinalCore
import VicinalTestSupport

/// Random 4-bit codes, interleaved straight from the formula of the format document (10.4).
struct InterleavedCodes {
  let parts: Int
  let count: Int
  let blockVectors: Int
  let extra: Int
  let numbers: [[Int]]
  /// Begins `offset` bytes into the array.
  let bytes: [UInt8]
  let offset: Int

  var pairs: Int { (parts + 1) / 2 }

  init(parts: Int, count: Int, blockVectors: Int, extra: Int, offset: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    self.parts = parts
    self.count = count
    self.blockVectors = blockVectors
    self.extra = extra
    self.offset = offset
    let pairs = (parts + 1) / 2
    let blockBytes = (pairs + extra) * blockVectors
    let blocks = (count + blockVectors - 1) / blockVectors
    var bytes = [UInt8](repeating: 0, count: offset + blocks * blockBytes)
    numbers = (0..<count).map { _ in (0..<parts).map { _ in generator.integer(below: 16) } }
    for v in 0..<count {
      for part in 0..<parts {
        let lane = v % 16
        let place =
          v / blockVectors * blockBytes + part / 2 * blockVectors + v % blockVectors / 32 * 32
          + part % 2 * 16 + (lane < 8 ? 2 * lane : 2 * (lane - 8) + 1)
        bytes[offset + place] |= UInt8(numbers[v][part]) << (v % 32 < 16 ? 0 : 4)
      }
    }
    // What stands behind the sub-codes must not be looked at.
    for block in 0..<blocks {
      for byte in pairs * blockVectors..<blockBytes {
        bytes[offset + block * blockBytes + byte] = UInt8(generator.integer(below: 256))
      }
    }
    self.bytes = bytes
  }

  /// Shapes that differ in everything that kernels could get wrong.
  static func samples(_ seeds: ClosedRange<UInt64>) -> [(seed: UInt64, codes: InterleavedCodes)] {
    seeds.map { seed in
      var generator = SplitMix64(seed: seed &* 7919)
      let blocks = [32, 32, 64, 96, 160]
      let codes = InterleavedCodes(
        parts: 1 + generator.integer(below: seed % 4 == 0 ? 70 : 18),
        count: generator.integer(below: seed % 3 == 0 ? 700 : 80),
        blockVectors: blocks[generator.integer(below: blocks.count)],
        extra: generator.integer(below: 3) * 5, offset: generator.integer(below: 4), seed: seed)
      return (seed, codes)
    }
  }
}
