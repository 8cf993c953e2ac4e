import CFuzzer
import Foundation
import VicinalMessages

/// Reads untrusted bytes as a message, as the service does, and writes what it read in every
/// encoding. Errors are welcome; a trap, a hang, or a reply that says something else is not.
@main
enum FuzzMessages {
  private static let limits: MessageLimits = {
    var limits = MessageLimits()
    limits.bytes = 1 << 20
    limits.values = 100_000
    return limits
  }()

  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzzMessage($0, $1) })
  }

  /// A first byte of 0 stands for two frames, the second byte saying how long the first is.
  private static func frames(_ bytes: [UInt8]) -> [[UInt8]] {
    guard bytes.count > 2, bytes[0] == 0 else { return [bytes] }
    let header = min(Int(bytes[1]), bytes.count - 2)
    return [Array(bytes[2..<2 + header]), Array(bytes[(2 + header)...])]
  }

  static func problem(with bytes: [UInt8]) -> String? {
    guard let (value, _) = try? MessageCodec.decode(frames(bytes), limits: limits) else {
      return nil
    }
    if let parser = try? RequestParser(value, limits: RequestLimits()) {
      _ = try? parser.requestID()
      _ = try? parser.request()
    }
    let encodings: [MessageEncoding] = [
      .json(.plain), .json(.described), .json(.compact), .pickle, .zlibPickle, .frames,
    ]
    for encoding in encodings {
      // A text may look like an array, and a row of numbers in a list becomes an array, so the
      // second writing is compared with the third.
      guard let first = try? MessageCodec.encode(value, as: encoding),
        let again = try? MessageCodec.decode(first, limits: limits).value,
        let second = try? MessageCodec.encode(again, as: encoding),
        let last = try? MessageCodec.decode(second, limits: limits).value
      else { continue }
      guard let third = try? MessageCodec.encode(last, as: encoding), third == second else {
        return "what was written as \(encoding) is read as something else"
      }
    }
    return nil
  }
}

/// What libFuzzer calls with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  if let problem = FuzzMessages.problem(with: bytes) {
    FileHandle.standardError.write(Data("PROBLEM: \(problem)\n".utf8))
    abort()
  }
  return 0
}
