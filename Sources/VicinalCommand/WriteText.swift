import Foundation
import Vicinal

/// Makes sure, before long work, that a file can be put where it is wanted: creates its folder, as
/// AutoFaiss does, and requires that files can be made there.
func prepareFolder(of path: String) throws(IndexError) {
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  } catch {
    throw IndexError(
      .fileSystem, "cannot make the folder \(folder.path): \(error.localizedDescription)")
  }
  guard FileManager.default.isWritableFile(atPath: folder.path) else {
    throw IndexError(.fileSystem, "the folder \(folder.path) cannot be written to")
  }
}

/// Writes a small text file; it appears under its name only when it is complete.
func writeText(_ text: String, to path: String) throws(IndexError) {
  do {
    try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw IndexError(.fileSystem, "cannot write \(path): \(error.localizedDescription)")
  }
}
