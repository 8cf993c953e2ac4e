import CVicinalArrow
import Foundation
package import VicinalCore

/// Apache Arrow C++, which reads parquet files and reaches servers, if this build has it (package
/// trait "Arrow").
package enum ArrowLibrary {
  /// Whether this build has Arrow.
  package static var isAvailable: Bool { vca_is_available() == 1 }

  /// Throws what says how to build with Arrow, unless this build has it.
  package static func require() throws(IndexError) {
    try callArrow { isAvailable ? Int32(VCA_OK) : Int32(VCA_UNSUPPORTED) }
  }

  /// For how many seconds a server may stay silent: `VICINAL_REMOTE_TIMEOUT`, or 30.
  static let timeout: Double = {
    let text = ProcessInfo.processInfo.environment["VICINAL_REMOTE_TIMEOUT"] ?? ""
    guard let seconds = Double(text), seconds >= 1, seconds <= 86_400 else { return 30 }
    return seconds
  }()

  /// Sets the time-out once, before the first call that needs it.
  static let prepare: Void = vca_set_timeout(timeout)
}

/// Calls a function of the C interface and throws what it reports.
///
/// - Parameters:
///   - prefix: What the sentence begins with, if the function does not know the file.
///   - body: The call.
/// - Throws: The code of the function, with its message.
@safe func callArrow(
  _ prefix: @autoclosure () -> String = "", _ body: () -> Int32
) throws(IndexError) {
  _ = ArrowLibrary.prepare
  let code = body()
  guard code != VCA_OK else { return }
  let message = unsafe String(cString: vca_message())
  // Advice about the build is a sentence of its own.
  let isAboutBuild = !ArrowLibrary.isAvailable
  throw IndexError(
    IndexError.Code(rawValue: code), isAboutBuild ? message : prefix() + message)
}

/// The text that the last call gave.
func arrowText() -> String { unsafe String(cString: vca_text()) }

/// The number of an object behind the C interface, which lives as long as this.
final class ArrowHandle: Sendable {
  let number: Int64

  /// Takes what `open` makes.
  init(
    _ prefix: @autoclosure () -> String = "", _ open: (inout Int64) -> Int32
  ) throws(IndexError) {
    var number: Int64 = 0
    try callArrow(prefix()) { open(&number) }
    self.number = number
  }

  deinit { vca_close(number) }
}
