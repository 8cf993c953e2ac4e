import Foundation
import Synchronization
import VicinalCore

/// The file that log lines are added to. Where it was renamed or removed, as logrotate does, a new one of
/// its name is begun.
final class LogFile: Sendable {
  private struct State {
    var handle: FileHandle?
    /// Which file the handle is of.
    var number: Int?
    var looked = ContinuousClock.now
  }

  private let path: String
  private let state: Mutex<State>

  /// - Throws: ``IndexError/Code/fileSystem`` if it cannot be written.
  init(folder: String) throws(IndexError) {
    let path = folder + "/vicinal-serve.log"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let handle = try Self.opened(path)
      self.path = path
      state = Mutex(State(handle: handle, number: Self.number(of: path)))
    } catch {
      throw IndexError(.fileSystem, "cannot write the log \(path): \(error)")
    }
  }

  /// Adds a line. What cannot be logged must not end the service.
  func write(_ line: Data) {
    state.withLock { state in
      // Not for every line.
      if .now - state.looked > .seconds(1) {
        state.looked = .now
        if state.handle == nil || Self.number(of: path) != state.number {
          try? state.handle?.close()
          state.handle = try? Self.opened(path)
          state.number = Self.number(of: path)
        }
      }
      // The end may have moved: logrotate's copytruncate cuts the file off.
      _ = try? state.handle?.seekToEnd()
      try? state.handle?.write(contentsOf: line)
    }
  }

  private static func opened(_ path: String) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  private static func number(of path: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.systemFileNumber] as? Int
  }
}
