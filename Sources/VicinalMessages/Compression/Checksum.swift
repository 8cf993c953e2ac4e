import CZlib

/// The cyclic redundancy check of zlib and PNG (CRC-32): it finds every damage of up to 32 bits in a
/// row, and of others all but one in 4 thousand millions.
package enum Checksum {
  /// The check of bytes that follow others.
  ///
  /// - Parameter before: The check of those before; 0 if there are none.
  package static func crc32(_ bytes: RawSpan, after before: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return before }
      let start = unsafe base.assumingMemoryBound(to: UInt8.self)
      return UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(before), start, bytes.count))
    }
  }
}
