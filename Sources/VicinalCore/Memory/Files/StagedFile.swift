import Foundation

/// A nameless file on disk that collects bytes from elsewhere and is then mapped: what is fetched
/// from a server need not fit into memory, and is gone with this process however that ends.
@safe package final class StagedFile {
  /// What is fetched, for messages.
  private let path: String
  private let descriptor: Int32

  /// Makes an empty file in the system's folder for temporary files.
  ///
  /// - Parameter path: What is fetched, for messages.
  /// - Throws: ``IndexError/Code/fileSystem``.
  package init(for path: String) throws(IndexError) {
    self.path = path
    let place = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
      "vicinal-XXXXXX")
    var template = Array(place.path.utf8CString)
    descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else { throw systemError("make a temporary copy of", path) }
    _ = unsafe unlink(&template)
  }

  /// Adds bytes at the end.
  package func write(_ bytes: RawSpan) throws(IndexError) {
    guard writeAll(bytes, to: descriptor) else {
      throw systemError("make a temporary copy of", path)
    }
  }

  /// Maps what was written; the mapping outlives this object.
  package func mapped() throws(IndexError) -> MappedFile {
    try MappedFile(descriptor: descriptor, path: path)
  }

  deinit { close(descriptor) }
}

/// Writes all bytes to a file; `false` if the system refused, and `errno` says why.
func writeAll(_ bytes: RawSpan, to descriptor: Int32) -> Bool {
  unsafe bytes.withUnsafeBytes { buffer in
    var done = 0
    while let start = buffer.baseAddress, done < buffer.count {
      // Linux takes at most 2^31 bytes at once.
      let length = min(buffer.count - done, 1 << 30)
      #if canImport(Glibc)
        let written = unsafe Glibc.write(descriptor, start + done, length)
      #else
        let written = unsafe Darwin.write(descriptor, start + done, length)
      #endif
      if written > 0 {
        done += written
      } else if written == 0 || errno != EINTR {
        return false
      }
    }
    return true
  }
}
