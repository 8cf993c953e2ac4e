import Foundation
import Vicinal

/// What goes to the terminal: results to standard output, everything else to standard error.
enum Output {
  /// A result.
  ///
  /// - Throws: ``IndexError/Code/fileSystem`` if it does not reach standard output: a full disk, or a
  ///   reader that went away. Files of results are complete then.
  static func print(_ text: String) throws(IndexError) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error
      throw IndexError(
        .fileSystem,
        "cannot write the result to standard output: \(cause.localizedDescription)")
    }
  }

  /// A result as JSON, keys in alphabetical order.
  static func json(_ value: some Encodable) throws {
    try print(encoded(value))
  }

  /// JSON as files and standard output hold it.
  static func encoded(_ value: some Encodable) throws(IndexError) -> String {
    try reportJSON(value)
  }

  /// A remark about the work.
  static func note(_ text: String) { write(text + "\n", to: .standardError) }

  /// Why the command failed.
  static func error(_ text: String) { write("error: \(text)\n", to: .standardError) }

  /// Whether somebody watches standard error.
  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// What standard error is told; that it cannot be is no reason to end the work.
  static func write(_ text: String, to handle: FileHandle) {
    try? handle.write(contentsOf: Data(text.utf8))
  }
}
