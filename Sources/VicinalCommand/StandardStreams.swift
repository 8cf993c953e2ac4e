import Foundation
import Synchronization

/// Standard input, output and error where whoever started the process closed them (`>&-`).
enum StandardStreams {
  private static let kept = Mutex<[FileHandle]>([])

  /// Takes the places of closed streams: the next file that is opened would get one of them, and what
  /// is meant for standard output would land in it. Writing to a place that is taken is an error.
  static func keepPlaces() {
    while let handle = FileHandle(forReadingAtPath: "/dev/null") {
      guard handle.fileDescriptor <= STDERR_FILENO else { return }
      kept.withLock { $0.append(handle) }
    }
  }
}
