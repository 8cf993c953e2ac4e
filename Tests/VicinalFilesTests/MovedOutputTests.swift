import Foundation
import Testing
import VicinalCore
import VicinalFiles
import VicinalTestSupport

/// How files are written where uploads do not appear when complete, on HDFS; tried with Arrow's
/// file system of this machine.
@Suite("Files that are moved into their place", .enabled(if: ArrowLibrary.isAvailable))
struct MovedOutputTests {
  private func output(_ path: String) throws(IndexError) -> ArrowOutput {
    try ArrowOutput(path, in: .local, name: path, isMoved: true)
  }

  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test("a file appears when it is committed, and replaces the one that was there")
  func committing() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.index")
    for content in [[1, 2, 3], [4]] as [[UInt8]] {
      let output = try output(path)
      try output.write(content.span.rawBytes)
      let before = try? Data(contentsOf: URL(fileURLWithPath: path))
      #expect(before == (content.count == 1 ? Data([1, 2, 3]) : nil))
      #expect(try names(folder).contains(".vicinal-a.index.partial"))
      try output.commit()
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(content))
      #expect(try names(folder) == ["a.index"])
    }
  }

  @Test("a file that is not committed leaves nothing")
  func dropping() throws {
    let folder = try ScratchFolder()
    do {
      let output = try output(try folder.path("a.index"))
      let content: [UInt8] = [1, 2, 3]
      try output.write(content.span.rawBytes)
    }
    #expect(try names(folder) == [])
  }

  @Test("a folder that is missing is an error that names the file")
  func missing() throws {
    let folder = try ScratchFolder()
    let path = folder.url.path + "/none/a.index"
    expectError(.fileSystem, naming: ["none/a.index"]) { _ = try output(path) }
  }
}
