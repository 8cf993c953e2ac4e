import Foundation

/// A lock on a file of its own, which ends with the process that holds it, however that ends.
@safe public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes a lock, and makes its file if it is missing.
  ///
  /// File systems without locks let everybody have it.
  ///
  /// - Parameter path: A local file, empty and used for nothing else.
  /// - Returns: `nil` if it is taken, by another process or by this one.
  /// - Throws: ``IndexError/Code/fileSystem`` if the file cannot be opened.
  public init?(_ path: String) throws(IndexError) {
    // Whoever held it may remove the file between its opening and its locking: then once more.
    for _ in 0..<8 {
      let opened = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
      guard opened >= 0 else { throw systemError("lock", path) }
      if flock(opened, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(opened)
        return nil
      }
      var status = stat()
      if unsafe fstat(opened, &status) == 0, status.st_nlink > 0 {
        descriptor = opened
        return
      }
      close(opened)
    }
    return nil
  }

  deinit { close(descriptor) }
}
