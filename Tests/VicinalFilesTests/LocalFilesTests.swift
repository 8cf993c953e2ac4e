import Foundation
import Testing
import VicinalCore
import VicinalFiles
import VicinalTestSupport

@Suite("Places on this machine")
struct LocalFilesTests {
  @Test("files of a folder are listed with sub-folders and sizes, in order, without hidden ones")
  func listing() throws {
    let folder = try ScratchFolder()
    for name in ["9", "10", "b/c/1", "a b", ".x", "b/.y/z"] {
      try folder.write([UInt8](repeating: 7, count: name.utf8.count), to: name)
    }
    let files = try FileLocation(folder.url.path).files()
    let expected = try ["10", "9", "a b", "b/c/1"].map { try folder.path($0) }
    #expect(files.map(\.location.name) == expected)
    #expect(files.map(\.size) == [2, 1, 3, 5])
  }

  @Test("what is there, and making, replacing and deleting it")
  func actions() throws {
    let folder = try ScratchFolder()
    let place = try FileLocation("file://\(folder.url.path)").appending("sub/a.bin")
    #expect(try place.status() == .missing)
    try place.prepareForReplacing()
    #expect(try place.folder.status() == .folder)
    let output = try place.openForReplacing()
    let numbers: [UInt8] = [1, 2, 3]
    try output.write(numbers.span.rawBytes)
    #expect(try place.status() == .missing, "nothing is visible before it is complete")
    try output.commit()
    #expect(try place.status() == .file(size: 3))
    #expect(throws: IndexError.self) { try place.folder.prepareForReplacing() }
    try place.delete()
    #expect(try place.status() == .missing)
    #expect(throws: IndexError.self) { try place.delete() }
  }

  @Test("parts of a file are read one after the other, and only those that it has")
  func parts() throws {
    let folder = try ScratchFolder()
    try folder.write(Array(0..<100), to: "a")
    let file = try RandomAccessFile(FileLocation(folder.path("a")))
    var bytes = [UInt8](repeating: 0, count: 5)
    try file.read([98..<100, 0..<0, 7..<10], into: &bytes)
    #expect(bytes == [98, 99, 7, 8, 9])
    for part in [99..<101, -1..<1, 0..<6] {
      #expect(throws: IndexError.self) { try file.read([part], into: &bytes) }
    }
  }
}
