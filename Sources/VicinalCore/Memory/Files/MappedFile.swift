import Foundation

/// A whole file mapped read-only into memory.
///
/// Pages come from disk when they are touched and can be dropped again, so that a file may be
/// larger than memory. If another process shortens the file while it is mapped, touching the lost
/// part ends this process with SIGBUS: replace files by renaming, as Vicinal itself does, never
/// by writing into them.
///
/// `@unchecked Sendable` is safe: the mapping is never written and lives as long as the object.
@safe public final class MappedFile: @unchecked Sendable {
  /// The path that was opened.
  public let path: String

  /// Bytes in the file.
  public let count: Int

  private let base: UnsafeMutableRawPointer?

  /// Maps a file.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if it cannot be opened or is not a regular file.
  public convenience init(path: String) throws(IndexError) {
    guard !path.utf8.contains(0) else {
      throw IndexError(.fileSystem, "cannot open '\(path)': that is no path")
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError("open", path) }
    defer { close(descriptor) }
    try self.init(descriptor: descriptor, path: path)
  }

  /// Maps an open file, which may be closed afterwards.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if it is not a regular file.
  init(descriptor: Int32, path: String) throws(IndexError) {
    self.path = path
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw systemError("examine", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw IndexError(.fileSystem, "\(path) is not a regular file")
    }
    count = Int(status.st_size)
    guard count > 0 else {
      unsafe base = nil
      return
    }
    let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      throw systemError("map", path)
    }
    unsafe base = unsafe mapped
  }

  /// All bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: base, count: count))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Part of the file as storage that keeps the mapping alive.
  package func storage(_ range: Range<Int>) -> ByteStorage {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard let base = unsafe base else { return ByteStorage() }
    return unsafe ByteStorage(
      unsafeViewing: UnsafeRawPointer(base) + range.lowerBound, count: range.count, owner: self)
  }

  /// Drops the pages of a part that has been read, so that streaming through a large file does
  /// not fill the memory. They come back from disk when touched again.
  public func discard(_ range: Range<Int>) {
    let page = 4096 * 16
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    guard let base = unsafe base, end > start, end <= count else { return }
    _ = unsafe madvise(base + start, end - start, Int32(MADV_DONTNEED))
  }

  /// Tells the system that the file will be read from front to back.
  public func expectSequentialReading() {
    guard let base = unsafe base else { return }
    _ = unsafe madvise(base, count, Int32(MADV_SEQUENTIAL))
  }

  deinit {
    if let base = unsafe base { unsafe munmap(base, count) }
  }
}

/// What the operating system said about the last failed call.
package func systemError(_ verb: String, _ path: String) -> IndexError {
  let reason = unsafe String(cString: strerror(errno))
  return IndexError(.fileSystem, "cannot \(verb) \(path): \(reason)")
}
