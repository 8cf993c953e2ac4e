import Foundation
import Vicinal

/// What goes to the terminal: results to standard output, everything else to standard error.
enum Output {
  /// A result.
  static func print(_ text: String) { write(text + "\n", to: .standardOutput) }

  /// A result as JSON, keys in alphabetical order.
  static func json(_ value: some Encodable) throws {
    print(try encoded(value))
  }

  /// JSON as files and standard output hold it.
  static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    // JSON has no infinities; finite vectors can still be infinitely far apart as floats.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// A remark about the work.
  static func note(_ text: String) { write(text + "\n", to: .standardError) }

  /// Why the command failed.
  static func error(_ text: String) { write("error: \(text)\n", to: .standardError) }

  /// Whether somebody watches standard error.
  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// Raw text; a reader that went away (`| head`) is not an error of ours.
  static func write(_ text: String, to handle: FileHandle) {
    try? handle.write(contentsOf: Data(text.utf8))
  }
}
