import Foundation

/// A file that takes the place of another in one step: whoever opens the path sees the old content
/// or all of the new, never a part, whatever fails in between.
///
/// Bytes go to a temporary file in the same folder. ``commit()`` brings them to disk and renames;
/// without it the temporary file disappears with this object.
@safe package final class ReplacementFile {
  /// The path as it was given.
  package let path: String

  /// What is replaced: `path` without symbolic links.
  private let target: String

  private let temporary: String
  private var descriptor: Int32

  /// Mode and owner of the file that is replaced, if there is one.
  private let replaced: stat?

  /// Opens a temporary file beside `path`.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if the folder cannot be written to, or if `path` is
  ///   something other than a regular file.
  package init(replacing path: String) throws(IndexError) {
    self.path = path
    let resolved = unsafe realpath(path, nil)
    if let resolved = unsafe resolved {
      target = unsafe String(cString: resolved)
      unsafe free(resolved)
    } else {
      target = path
    }
    var status = stat()
    if unsafe stat(target, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw IndexError(.fileSystem, "cannot write \(path): it is not a regular file")
      }
      replaced = status
    } else {
      replaced = nil
    }
    let number = String(UInt64.random(in: 0 ... .max), radix: 36)
    temporary = Self.folder(of: target) + "/.vicinal-\(number).partial"
    descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw systemError("write", path) }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Adds bytes at the end.
  package func write(_ bytes: RawSpan) throws(IndexError) {
    var failure: IndexError?
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
          failure = systemError("write", path)
          return
        }
      }
    }
    if let failure { throw failure }
  }

  /// Brings everything to disk and puts the file in its place.
  package func commit() throws(IndexError) {
    if let replaced {
      // As far as this user may: the new file belongs to whom the old one belonged.
      _ = fchown(descriptor, replaced.st_uid, replaced.st_gid)
      _ = fchmod(descriptor, replaced.st_mode & 0o777)
    }
    guard fsync(descriptor) == 0 else { throw systemError("bring to disk", path) }
    let closed = close(descriptor)
    descriptor = -1
    let isInPlace = unsafe closed == 0 && rename(temporary, target) == 0
    guard isInPlace else {
      let error = systemError("write", path)
      _ = unsafe unlink(temporary)
      throw error
    }
    // The new name must survive a power cut too; some file systems cannot promise that.
    let folder = unsafe open(Self.folder(of: target), O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    _ = unsafe unlink(temporary)
  }
}
