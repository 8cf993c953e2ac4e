import Foundation

/// The temporary files in which ``ReplacementFile`` collects bytes: `.vicinal-<target>-<random>.partial`
/// in the folder of the target, `<target>` being a hash of its name.
///
/// A writer holds a lock on its file, which ends with its process however that ends. A file without
/// a lock therefore belongs to nobody and may be removed.
@safe enum PartialFile {
  /// The folder that a path is in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes and locks a new file for a target.
  ///
  /// - Returns: `nil` if the system refused; `errno` says why.
  static func create(for target: String) -> (path: String, descriptor: Int32)? {
    // Somebody who tidies up may take a file between its making and its locking: then once more.
    for _ in 0..<8 {
      let number = String(UInt64.random(in: 0 ... .max), radix: 36)
      let path = folder(of: target) + "/" + prefix(of: target) + number + suffix
      let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { return nil }
      if isOurs(descriptor) { return (path, descriptor) }
      close(descriptor)
      _ = unsafe unlink(path)
    }
    errno = EAGAIN
    return nil
  }

  /// Whether the new file is locked and still in its folder.
  private static func isOurs(_ descriptor: Int32) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      // Some file systems have no locks; there nobody can tidy up either.
      return errno != EWOULDBLOCK
    }
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  /// Removes files of the same target whose writers are gone.
  static func removeLeftovers(of target: String) {
    let folder = folder(of: target)
    let prefix = prefix(of: target)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let path = folder + "/" + name
      let descriptor = unsafe open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { _ = unsafe unlink(path) }
    }
  }

  private static let suffix = ".partial"

  /// What the names of all temporary files of a target begin with. The target's own name may be
  /// too long to be part of another.
  private static func prefix(of target: String) -> String {
    let name = target.split(separator: "/").last ?? ""
    // FNV-1a.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return ".vicinal-\(String(hash, radix: 36))-"
  }
}
