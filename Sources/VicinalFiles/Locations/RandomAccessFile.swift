public import VicinalCore

/// A file that is read in parts, on this machine or on a server. Several threads may read.
public struct RandomAccessFile: Sendable {
  private enum Source: Sendable {
    case mapped(MappedFile)
    case remote(ArrowFile)
  }

  private let source: Source

  /// The file, for messages.
  public let name: String

  /// Bytes in the file.
  public var size: Int {
    switch source {
    case .mapped(let file): file.count
    case .remote(let file): file.size
    }
  }

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - location: A file.
  ///   - size: Its bytes, if known; that saves a request.
  /// - Throws: ``IndexError/Code/fileSystem``.
  public init(_ location: FileLocation, size: Int? = nil) throws(IndexError) {
    name = location.name
    if let path = location.localPath {
      source = .mapped(try MappedFile(path: path))
    } else {
      let (system, path) = try location.arrowPlace()
      source = .remote(try ArrowFile(path, in: system, name: name, size: size))
    }
  }

  /// Copies parts of the file to the front of `bytes`, one after the other. Parts on servers are
  /// fetched at the same time.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``; ``IndexError/Code/invalidArgument`` if a part lies
  ///   outside the file or `bytes` is too small.
  public func read(_ parts: [Range<Int>], into bytes: inout [UInt8]) throws(IndexError) {
    switch source {
    case .remote(let file): try file.read(parts, into: &bytes)
    case .mapped(let file):
      var position = 0
      for part in parts {
        guard part.lowerBound >= 0, part.upperBound <= file.count,
          part.count <= bytes.count - position
        else {
          throw IndexError(
            .invalidArgument, "bytes \(part) were asked of \(name), which has \(file.count)")
        }
        let all = file.bytes
        for index in part {
          bytes[position] = all.byte(index)
          position += 1
        }
      }
    }
  }
}

/// Maps a file; one on a server is fetched first, to a nameless file on disk.
///
/// - Parameters:
///   - path: A path or URI.
///   - execution: Progress (step "fetch", in bytes) and cancellation of fetching.
/// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/cancelled``.
package func mappedFile(
  _ path: String, execution: Execution = Execution()
) throws(IndexError) -> MappedFile {
  let location = try FileLocation(path)
  if let path = location.localPath { return try MappedFile(path: path) }
  let file = try RandomAccessFile(location)
  let staged = try StagedFile(for: location.name)
  let step = 32 << 20
  var buffer = [UInt8](repeating: 0, count: min(step, file.size))
  for first in stride(from: 0, to: file.size, by: step) {
    try execution.checkCancellation()
    let part = first..<min(first + step, file.size)
    try file.read([part], into: &buffer)
    try staged.write(buffer.span.extracting(0..<part.count).rawBytes)
    execution.progress?(WorkProgress(step: "fetch", done: part.upperBound, total: file.size))
  }
  return try staged.mapped()
}

/// Opens a path or URI for writing; see ``FileLocation/openForReplacing()``.
package func replacingOutput(_ path: String) throws(IndexError) -> any ReplacingOutput {
  try FileLocation(path).openForReplacing()
}
