import Foundation
import Testing
import VicinalStorage
import VicinalTestSupport

@Suite("Files of the fuzzer")
struct FuzzCorpusTests {
  private static let folder = GoldenFile.folder.deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fuzz/corpus")

  @Test("that reached new code of the reader, or once crashed it, do no harm")
  func corpus() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.folder, includingPropertiesForKeys: nil)
    var read = 0
    for file in files.sorted(by: { $0.path < $1.path }) {
      let bytes = Array(try Data(contentsOf: file))
      if let problem = FileExercise.problem(with: bytes) {
        Issue.record("\(file.lastPathComponent): \(problem)")
      }
      let isRead =
        (try? IndexFile.decode(bytes)) != nil || (try? BinaryIndexFile.decode(bytes)) != nil
        || (try? TransformFile.decode(bytes)) != nil
      if isRead { read += 1 }
    }
    print("fuzz corpus: \(files.count) files, \(read) of them read")
    // A corpus that is only refused would not reach the indexes behind the reader.
    #expect(files.count >= 200 && read >= 50)
  }
}
