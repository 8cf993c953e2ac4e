import VicinalCore

/// Numbers inside a file, at any byte offset. Reading outside the bytes traps in `RawSpan`, so
/// callers check sizes against the file before.
extension RawSpan {
  func byte(_ offset: Int) -> UInt8 { loadUnaligned(offset, as: UInt8.self) }

  func word<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as _: T.Type, isBigEndian: Bool
  ) -> T {
    let value = loadUnaligned(offset, as: T.self)
    return isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
  }

  func number(_ offset: Int, _ element: ElementType, isBigEndian: Bool) -> Float {
    switch element {
    case .float16:
      Float(Float16(bitPattern: word(offset, as: UInt16.self, isBigEndian: isBigEndian)))
    case .float32:
      Float(bitPattern: word(offset, as: UInt32.self, isBigEndian: isBigEndian))
    case .float64:
      Float(Double(bitPattern: word(offset, as: UInt64.self, isBigEndian: isBigEndian)))
    case .uint(bytes: 8): Float(word(offset, as: UInt64.self, isBigEndian: isBigEndian))
    default: Float(integer(offset, element, isBigEndian: isBigEndian))
    }
  }

  func integer(_ offset: Int, _ element: ElementType, isBigEndian: Bool) -> Int64 {
    switch element {
    case .int(1): Int64(Int8(bitPattern: byte(offset)))
    case .int(2): Int64(word(offset, as: Int16.self, isBigEndian: isBigEndian))
    case .int(4): Int64(word(offset, as: Int32.self, isBigEndian: isBigEndian))
    case .uint(1): Int64(byte(offset))
    case .uint(2): Int64(word(offset, as: UInt16.self, isBigEndian: isBigEndian))
    case .uint(4): Int64(word(offset, as: UInt32.self, isBigEndian: isBigEndian))
    case .uint:
      Int64(clamping: word(offset, as: UInt64.self, isBigEndian: isBigEndian))
    default: word(offset, as: Int64.self, isBigEndian: isBigEndian)
    }
  }
}
