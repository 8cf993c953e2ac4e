import Dispatch
import Foundation
import Synchronization

/// Turns the first Ctrl-C (or a termination request) into a cancellation, so that the work ends
/// in order and leaves no half-written file. A second one ends the process at once.
enum Interruption {
  private static let flag = Atomic<Bool>(false)
  private static let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Whether the user wants to stop.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Begins to listen.
  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      sources.withLock { $0.append(listening(to: number)) }
    }
  }

  private static func listening(to number: Int32) -> any DispatchSourceSignal {
    let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue.global())
    source.setEventHandler {
      if flag.exchange(true, ordering: .relaxed) { Foundation.exit(130) }
      Output.note("\nstopping …")
    }
    source.resume()
    return source
  }
}
