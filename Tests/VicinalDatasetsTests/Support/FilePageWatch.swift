import Foundation
import Synchronization

/// Watches from a thread of its own how many bytes of mapped files are resident.
final class FilePageWatch: Sendable {
  private let most = Mutex(0)
  private let isDone = Mutex(false)

  init() {
    let start = Self.residentFileBytes()
    // Weak, so that forgetting to stop ends the thread as well.
    Thread.detachNewThread { [weak self] in
      while let self, !self.isDone.withLock({ $0 }) {
        let now = Self.residentFileBytes() - start
        self.most.withLock { $0 = max($0, now) }
        Thread.sleep(forTimeInterval: 0.0005)
      }
    }
  }

  /// Ends watching; the most bytes seen, beyond what there was at the beginning.
  func stop() -> Int {
    isDone.withLock { $0 = true }
    return most.withLock { $0 }
  }

  /// Linux counts it in kilobytes; elsewhere nothing is counted.
  private static func residentFileBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssFile:") } ?? ""
    return (Int(line.filter(\.isNumber)) ?? 0) << 10
  }
}
