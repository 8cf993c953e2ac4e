/// Standard base64 with padding (RFC 4648).
enum Base64 {
  /// - Throws: `malformedMessage` for other characters or a wrong length.
  static func decoded(_ text: some Collection<UInt8>) throws(ServiceError) -> [UInt8] {
    let wrong = ServiceError(.malformedMessage, "an array in base64 is damaged")
    guard text.count.isMultiple(of: 4) else { throw wrong }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    var padding = 0
    for character in text {
      if character == UInt8(ascii: "=") {
        padding += 1
        bits <<= 6
      } else {
        let digit = digits[Int(character)]
        guard padding == 0, digit < 64 else { throw wrong }
        bits = bits << 6 | UInt32(digit)
      }
      count += 1
      if count == 4 {
        bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        bytes.append(UInt8(truncatingIfNeeded: bits))
        (bits, count) = (0, 0)
      }
    }
    guard padding <= 2 else { throw wrong }
    bytes.removeLast(padding)
    return bytes
  }

  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for first in stride(from: 0, to: bytes.count, by: 3) {
      let held = min(3, bytes.count - first)
      var bits = UInt32(bytes[first]) << 16
      if held > 1 { bits |= UInt32(bytes[first + 1]) << 8 }
      if held > 2 { bits |= UInt32(bytes[first + 2]) }
      for place in 0..<4 {
        let digit = Int(bits >> UInt32(18 - 6 * place)) & 63
        text.append(place <= held ? alphabet[digit] : UInt8(ascii: "="))
      }
    }
    return text
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let digits: [UInt8] = {
    var digits = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { digits[Int(character)] = UInt8(value) }
    return digits
  }()
}
