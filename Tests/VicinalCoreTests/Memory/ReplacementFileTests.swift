import Foundation
import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Files that replace others in one step")
struct ReplacementFileTests {
  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test("what a killed writer left is removed by the next writer of the same file, and only that")
  func leftovers() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.index")
    var names: [String] = []
    // Two writers at once: each has a file, which the other leaves alone.
    do {
      let first = try ReplacementFile(replacing: path)
      let second = try ReplacementFile(replacing: path)
      names = try self.names(folder)
      #expect(names.count == 2)
      try first.write([1, 2].span.rawBytes)
      try second.write([3].span.rawBytes)
      try first.commit()
      try second.commit()
    }
    #expect(try self.names(folder) == ["a.index"])
    // A file under such a name that nobody has locked is what a killed process leaves.
    for name in names { try folder.write([9], to: name) }
    let other = try ReplacementFile(replacing: folder.path("b.index"))
    #expect(try self.names(folder).count == 4, "the leftovers of another file are not touched")
    try other.commit()
    let third = try ReplacementFile(replacing: path)
    try third.commit()
    #expect(try self.names(folder) == ["a.index", "b.index"])
  }

  @Test("without a commit nothing changes and nothing is left")
  func abandoned() throws {
    let folder = try ScratchFolder()
    let path = try folder.write([7], to: "a.index")
    do {
      let file = try ReplacementFile(replacing: path)
      try file.write([1].span.rawBytes)
    }
    #expect(try names(folder) == ["a.index"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([7]))
  }

  @Test("paths that C would read otherwise are refused")
  func paths() throws {
    let folder = try ScratchFolder()
    for path in ["", folder.url.path + "/a\0b"] {
      expectError(.fileSystem) { _ = try ReplacementFile(replacing: path) }
      expectError(.fileSystem) { _ = try MappedFile(path: path) }
    }
    #expect(try names(folder) == [])
  }
}
