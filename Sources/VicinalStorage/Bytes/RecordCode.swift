/// Four ASCII characters that say what kind of record follows.
struct RecordCode: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The characters in reading order, the first in the low byte.
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The code with these characters; what is beyond four ASCII characters is cut off.
  init(_ text: String) {
    rawValue = text.utf8.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  init(stringLiteral text: String) { self.init(text) }

  /// The characters; in hexadecimal if they cannot be printed.
  var description: String {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> UInt32(8 * $0)) }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
      let digits = String(rawValue.byteSwapped, radix: 16)
      return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
