import CFuzzer
import Foundation

/// Seconds of the processor that a file may take under the sanitizer; libFuzzer's own limit counts
/// the time that other programs take as well.
private let longestTime = 4.0

/// What libFuzzer calls with every input; 0 says that the input may join the corpus.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIndexFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  let begin = clock()
  var problem = FileExercise.problem(with: bytes)
  let seconds = Double(clock() - begin) / Double(CLOCKS_PER_SEC)
  if problem == nil, seconds > longestTime { problem = "it took \(seconds) s" }
  if let problem {
    FileHandle.standardError.write(Data("PROBLEM: \(problem)\n".utf8))
    abort()
  }
  return 0
}

/// SwiftPM wants a program with an entry of its own, so libFuzzer's main is not used.
@main
enum Program {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments) { fuzzIndexFile($0, $1) })
  }
}
