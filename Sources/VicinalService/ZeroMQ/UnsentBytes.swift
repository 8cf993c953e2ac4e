import Foundation
import Synchronization

/// How much ØMQ holds of large frames that are not on their way yet, of all sockets of this process.
enum UnsentBytes {
  /// Frames from so many bytes on are counted.
  static let least = 64 << 10

  private static let count = Atomic<Int>(0)

  static var now: Int { count.load(ordering: .relaxed) }

  static func add(_ bytes: Int) { count.wrappingAdd(bytes, ordering: .relaxed) }

  /// Frees a frame whose bytes the second pointer says; ØMQ calls it from its own threads.
  static let free: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void = {
    frame, size in
    unsafe Foundation.free(frame)
    UnsentBytes.count.wrappingSubtract(Int(bitPattern: size), ordering: .relaxed)
  }
}
