import VicinalCore

/// Numbers of a fixed width packed without gaps, least significant bit first: how faiss packs all
/// codes (section 10.1 of the format document). Number i of b bits takes bits i·b ..< (i+1)·b,
/// where bit j of the string is bit j mod 8 of byte j / 8; unused bits of the last byte are 0.
package enum BitString {
  /// Bytes for `count` numbers of `bits` bits.
  package static func byteCount(_ count: Int, bits: Int) -> Int { (count * bits + 7) / 8 }

  /// Adds numbers to the end of `bytes`, beginning at a whole byte.
  ///
  /// - Parameters:
  ///   - numbers: Of each, the lowest `bits` bits are taken.
  ///   - bits: 1…32.
  package static func append(_ numbers: Span<Int32>, bits: Int, to bytes: inout [UInt8]) {
    switch bits {
    case 8: for index in numbers.indices { bytes.append(UInt8(truncatingIfNeeded: numbers[index])) }
    case 16:
      for index in numbers.indices {
        bytes.append(UInt8(truncatingIfNeeded: numbers[index]))
        bytes.append(UInt8(truncatingIfNeeded: numbers[index] >> 8))
      }
    default:
      let mask = UInt64(1) << UInt64(bits) - 1
      var held: UInt64 = 0
      var have = 0
      for index in numbers.indices {
        held |= (UInt64(UInt32(bitPattern: numbers[index])) & mask) << UInt64(have)
        have += bits
        while have >= 8 {
          bytes.append(UInt8(truncatingIfNeeded: held))
          held >>= 8
          have -= 8
        }
      }
      if have > 0 { bytes.append(UInt8(truncatingIfNeeded: held)) }
    }
  }

  /// Reads `numbers.count` numbers of `bits` bits that begin at byte `start`.
  package static func read(
    _ bytes: RawSpan, from start: Int, bits: Int, into numbers: inout MutableSpan<Int32>
  ) {
    let mask = UInt64(1) << UInt64(bits) - 1
    var held: UInt64 = 0
    var have = 0
    var next = start
    for index in numbers.indices {
      while have < bits {
        held |= UInt64(bytes.byte(next)) << UInt64(have)
        next += 1
        have += 8
      }
      numbers[index] = Int32(truncatingIfNeeded: held & mask)
      held >>= UInt64(bits)
      have -= bits
    }
  }

  /// Number `index` of a string that begins at byte `start`.
  package static func number(_ index: Int, of bytes: RawSpan, from start: Int, bits: Int) -> Int {
    var value = 0
    var got = 0
    while got < bits {
      let bit = index * bits + got
      let byte = Int(bytes.byte(start + bit / 8)) >> (bit % 8)
      let taken = min(8 - bit % 8, bits - got)
      value |= (byte & ((1 << taken) - 1)) << got
      got += taken
    }
    return value
  }
}
