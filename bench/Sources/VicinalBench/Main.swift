import Foundation

// One side of `bench/side_by_side.py`: reads one JSON command per line, does it, and answers
// with one JSON line. The driver alternates between this process and faiss.

func timed(_ work: () throws -> Void) rethrows -> Double {
  let before = ContinuousClock.now
  try work()
  return (ContinuousClock.now - before) / .seconds(1)
}

@main
enum Bench {
  static func main() throws {
    var session = Session()
    while let line = readLine() {
      var answer = Answer()
      do {
        answer = try session.perform(
          JSONDecoder().decode(Command.self, from: Data(line.utf8)))
      } catch {
        answer.error = "\(error)"
      }
      let text = String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    }
  }
}
