import Dispatch
import Foundation
import Synchronization

/// Turns the first Ctrl-C (or a termination request) into a cancellation, so that the work ends
/// in order and leaves no half-written file. A second one ends the process at once, without the
/// handlers of `exit`: another thread may be running them.
enum Interruption {
  private static let flag = Atomic<Bool>(false)
  private static let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Whether the user wants to stop.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Turns two signals of writing into errors of writing, which leave no half-written file: nobody
  /// reads the pipe any more (`| head`), and the largest size of a file (`ulimit -f`) is reached.
  static func takeWritingSignalsAsErrors() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// Begins to listen.
  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      sources.withLock { $0.append(listening(to: number)) }
    }
  }

  /// Stops when standard input ends, if the environment asks for that: whoever started this process
  /// holds the other end of a pipe, which closes however that process ends.
  static func endWithInputIfWanted() {
    guard ProcessInfo.processInfo.environment["VICINAL_END_WITH_INPUT"] == "1" else { return }
    DispatchQueue.global().async {
      while !FileHandle.standardInput.availableData.isEmpty {}
      flag.store(true, ordering: .relaxed)
      // What does not look at the flag in this time is ended.
      sleep(10)
      _exit(130)
    }
  }

  private static func listening(to number: Int32) -> any DispatchSourceSignal {
    let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue.global())
    source.setEventHandler {
      if flag.exchange(true, ordering: .relaxed) { _exit(130) }
      Output.note("\nstopping …")
    }
    source.resume()
    return source
  }
}
