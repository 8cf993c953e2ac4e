import CVicinalArrow
package import VicinalCore

/// A file on a server, read in any order; several threads may read at the same time.
final class ArrowFile: Sendable {
  private let handle: ArrowHandle
  private let name: String

  /// Bytes in the file.
  let size: Int

  /// Opens a file. A size that is known saves a request.
  init(
    _ path: String, in system: ArrowSystem, name: String, size: Int?
  ) throws(IndexError) {
    let handle = try ArrowHandle {
      unsafe vca_open_file(system.number, path, name, Int64(size ?? -1), &$0)
    }
    self.handle = handle
    self.name = name
    var found: Int64 = 0
    try callArrow { unsafe vca_file_size(handle.number, &found) }
    self.size = Int(found)
  }

  /// Copies parts of the file to the front of `bytes`, one after the other; they are fetched at the
  /// same time.
  func read(_ parts: [Range<Int>], into bytes: inout [UInt8]) throws(IndexError) {
    var total = 0
    for part in parts {
      guard part.lowerBound >= 0, part.upperBound <= size else {
        throw IndexError(.invalidArgument, "bytes \(part) were asked of \(name), which has \(size)")
      }
      total += part.count
    }
    guard total <= bytes.count else {
      throw IndexError(.invalidArgument, "\(total) bytes of \(name) do not fit into \(bytes.count)")
    }
    let offsets = parts.map { Int64($0.lowerBound) }
    let lengths = parts.map { Int64($0.count) }
    try callArrow {
      unsafe bytes.withUnsafeMutableBytes {
        unsafe vca_read(handle.number, Int64(parts.count), offsets, lengths, $0.baseAddress)
      }
    }
  }
}

/// A file on a server that is being written; it appears under its name when complete.
package final class ArrowOutput: ReplacingOutput {
  package let path: String
  private let handle: ArrowHandle

  /// Begins an upload.
  ///
  /// - Parameter isMoved: Whether the file is written under another name and then moved.
  package init(
    _ path: String, in system: ArrowSystem, name: String, isMoved: Bool
  ) throws(IndexError) {
    self.path = name
    handle = try ArrowHandle {
      unsafe vca_open_output(system.number, path, name, isMoved ? 1 : 0, &$0)
    }
  }

  package func write(_ bytes: RawSpan) throws(IndexError) {
    try callArrow {
      unsafe bytes.withUnsafeBytes {
        unsafe vca_write(handle.number, $0.baseAddress, Int64($0.count))
      }
    }
  }

  package func commit() throws(IndexError) {
    try callArrow { vca_commit(handle.number) }
  }
}
