import CZlib
import VicinalCore

/// zlib and gzip streams, unpacked up to a limit.
enum Inflation {
  /// Unpacks one whole stream, whose header says which of the two it is.
  ///
  /// - Parameter limit: The most bytes of the result; memory stays within about twice that.
  /// - Throws: `limitExceeded`, or `malformedMessage` for a damaged stream or one that does not end.
  static func inflated(_ packed: [UInt8], limit: Int) throws(ServiceError) -> [UInt8] {
    var stream = unsafe z_stream()
    // 15 bits of window, and 32: tell zlib from gzip.
    guard
      unsafe inflateInit2_(
        &stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ServiceError(.internal, "zlib could not begin") }
    defer { unsafe inflateEnd(&stream) }
    var unpacked: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    var status = Z_OK
    var taken = 0
    while status != Z_STREAM_END {
      let given = min(packed.count - taken, 1 << 30)
      let pieceBytes = piece.count
      var left = (input: 0, output: 0)
      status = unsafe packed.withUnsafeBufferPointer { input in
        unsafe piece.withUnsafeMutableBufferPointer { output in
          unsafe stream.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress.map { unsafe $0 + taken })
          unsafe stream.avail_in = UInt32(given)
          unsafe stream.next_out = output.baseAddress
          unsafe stream.avail_out = UInt32(pieceBytes)
          let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
          left = unsafe (Int(stream.avail_in), Int(stream.avail_out))
          return status
        }
      }
      guard status == Z_OK || status == Z_STREAM_END else {
        throw ServiceError(.malformedMessage, "a compressed stream is damaged or cut off")
      }
      taken += given - left.input
      unpacked += piece[..<(pieceBytes - left.output)]
      guard unpacked.count <= limit else {
        throw ServiceError(.limitExceeded, "a message unpacks to more than \(limit) bytes")
      }
    }
    guard taken == packed.count else {
      throw ServiceError(.malformedMessage, "more follows a compressed stream")
    }
    return unpacked
  }

  /// Packs bytes as a zlib stream.
  static func deflated(_ bytes: [UInt8]) throws(ServiceError) -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    // The fastest level: replies are numbers, which hardly shrink.
    guard unsafe compress2(&packed, &size, bytes, UInt(bytes.count), 1) == Z_OK else {
      throw ServiceError(.internal, "zlib could not pack a reply")
    }
    packed.removeLast(packed.count - Int(size))
    return packed
  }
}
