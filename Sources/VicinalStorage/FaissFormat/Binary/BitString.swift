import VicinalCore

/// Numbers of any width packed one after the other, lowest bit first (section 10.1 of the format
/// document).
struct BitReader: ~Escapable {
  private let bytes: RawSpan
  private var place = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  /// Bits not read yet.
  var remaining: Int { bytes.byteCount * 8 - place }

  /// The next number of `width` bits, 0…64, of which there must be as many left.
  mutating func read(_ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for bit in 0..<width {
      let byte = bytes.byte((place + bit) >> 3)
      value |= UInt64(byte >> UInt8((place + bit) & 7) & 1) << UInt64(bit)
    }
    place += width
    return value
  }
}

/// The counterpart of ``BitReader``.
struct BitWriter {
  /// What was written; unused bits at the end are 0.
  private(set) var bytes: [UInt8] = []
  private var place = 0

  /// Adds the lowest `width` bits of a number.
  mutating func write(_ value: UInt64, _ width: Int) {
    for bit in 0..<width {
      if place & 7 == 0 { bytes.append(0) }
      bytes[place >> 3] |= UInt8(truncatingIfNeeded: value >> UInt64(bit) & 1) << UInt8(place & 7)
      place += 1
    }
  }
}

/// Bits that a number takes, 0 for 0.
func bitWidth(_ value: Int) -> Int { Int.bitWidth - max(0, value).leadingZeroBitCount }
