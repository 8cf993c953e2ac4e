import Foundation
import Vicinal

/// Writes a small text file; it appears under its name only when it is complete.
func writeText(_ text: String, to path: String) throws(IndexError) {
  do {
    try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw IndexError(.fileSystem, "cannot write \(path): \(error.localizedDescription)")
  }
}
