/// Bytes from lower-case hexadecimal digits.
package func hexBytes(_ text: String) -> [UInt8] {
  let digits = text.utf8.map { $0 <= 57 ? $0 - 48 : $0 - 87 }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Little-endian floats from lower-case hexadecimal digits.
package func hexFloats(_ text: String) -> [Float] {
  let bytes = hexBytes(text)
  return stride(from: 0, to: bytes.count, by: 4).map { first in
    Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[first + $1]) << (8 * UInt32($1)) })
  }
}
