import Foundation

/// A file that takes the place of another in one step: whoever opens the path sees the old content
/// or all of the new, never a part, whatever fails in between.
///
/// Bytes go to a temporary file in the same folder. ``commit()`` brings them to disk and renames;
/// without it the temporary file disappears with this object. What a killed process left behind is
/// removed when the same path is written again.
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
    target = try Self.target(of: path)
    var status = stat()
    if unsafe stat(target, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw IndexError(.fileSystem, "cannot write \(path): it is not a regular file")
      }
      replaced = status
    } else {
      replaced = nil
    }
    PartialFile.removeLeftovers(of: target)
    guard let partial = PartialFile.create(for: target) else { throw systemError("write", path) }
    (temporary, descriptor) = (partial.path, partial.descriptor)
  }

  /// `path` without symbolic links, if there is something.
  private static func target(of path: String) throws(IndexError) -> String {
    // C's strings would end here, and another file would be written.
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw IndexError(.fileSystem, "cannot write '\(path)': that is no path")
    }
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Adds bytes at the end.
  package func write(_ bytes: RawSpan) throws(IndexError) {
    guard writeAll(bytes, to: descriptor) else { throw systemError("write", path) }
  }

  /// Brings everything to disk and puts the file in its place.
  package func commit() throws(IndexError) {
    if let replaced {
      // As far as this user may: the new file belongs to whom the old one belonged.
      _ = fchown(descriptor, replaced.st_uid, replaced.st_gid)
      _ = fchmod(descriptor, replaced.st_mode & 0o777)
    }
    guard fsync(descriptor) == 0 else { throw systemError("bring to disk", path) }
    // Closing gives the lock up; until it has its name, nobody else may think the file is forgotten.
    guard unsafe rename(temporary, target) == 0 else { throw systemError("write", path) }
    close(descriptor)
    descriptor = -1
    // The new name must survive a power cut too; some file systems cannot promise that.
    let folder = unsafe open(PartialFile.folder(of: target), O_RDONLY | O_CLOEXEC)
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
