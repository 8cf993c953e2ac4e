import Foundation
import Logging
import VicinalCore

enum LogLevelName {
  static let known = Logger.Level.allCases.map(\.rawValue)
  /// Names and numbers of Python's loggers, which the original's LOG_LEVEL takes.
  static let ofPython = [
    "notset": "trace", "0": "trace", "10": "debug", "20": "info", "warn": "warning",
    "30": "warning", "40": "error", "fatal": "critical", "50": "critical",
  ]
}

/// Writes a line for each message to standard error and, if wanted, to a file: time, level, message
/// and `name=value` for what belongs to it, the value in quotes where it is not one plain word.
struct ServiceLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level
  private let file: LogFile?

  /// - Parameter folder: Where `vicinal-serve.log` is continued; empty for no file.
  init(level: Logger.Level, folder: String) throws(IndexError) {
    logLevel = level
    file = folder.isEmpty ? nil : try LogFile(folder: folder)
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "\(Date().formatted(.iso8601)) \(event.level.rawValue) \(event.message)"
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    for name in all.keys.sorted() { line += " \(name)=\(Self.quoted("\(all[name] ?? "")"))" }
    let data = Data((line.replacing("\n", with: " ") + "\n").utf8)
    // What cannot be logged must not end the service.
    try? FileHandle.standardError.write(contentsOf: data)
    file?.write(data)
  }

  /// A value as one word, so that a reader of the line finds its end.
  private static func quoted(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy {
      $0.value > 0x20 && !"\"\\=".unicodeScalars.contains($0)
    }
    guard value.isEmpty || !isPlain else { return value }
    let inner = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"" + inner.replacing("\n", with: "\\n") + "\""
  }
}
