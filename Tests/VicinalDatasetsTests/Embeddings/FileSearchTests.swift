import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Which files belong to a folder")
struct FileSearchTests {
  private let folder: ScratchFolder
  private var root: String { folder.url.path }

  init() throws { folder = try ScratchFolder() }

  /// A file of one number, so that the order of files shows.
  private func put(_ value: Float, _ name: String) throws {
    try folder.write(npy([value], columns: 1), to: name)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(root)/\(name)", withDestinationPath: target)
  }

  @Test("names that look the same but have different bytes are different files, in byte order")
  func composed() throws {
    try put(1, "\u{e9}.npy")
    // To Swift's strings this is the same name; in bytes it begins with e and comes before f.
    try put(2, "e\u{301}.npy")
    try put(3, "f.npy")
    #expect(try EmbeddingFiles([root]).load() == [2, 3, 1])
  }

  @Test("two spellings of a path are one file")
  func spellings() throws {
    try put(1, "a/1.npy")
    let a = "\(root)/a"
    for paths in [
      [a, "\(root)/./a"], ["\(root)/a/../a", a], [a, "\(a)/../a/1.npy"], [a, "\(a)//"],
    ] {
      #expect(try EmbeddingFiles(paths).load() == [1], "\(paths)")
      #expect(try EmbeddingFiles(paths.reversed()).load() == [1], "\(paths)")
    }
  }

  @Test("links to files are files; links to folders are not followed and do not loop")
  func links() throws {
    try put(1, "data/x.npy/y.npy")
    try link("data/loop", to: "..")
    try link("data/z.npy", to: "x.npy")
    #expect(try EmbeddingFiles(["\(root)/data"]).load() == [1])
    try link("data/y.npy", to: "x.npy/y.npy")
    #expect(try EmbeddingFiles(["\(root)/data"]).load() == [1, 1])
    // Its vectors would be missing without a word.
    try link("data/w.npy", to: "gone.npy")
    expectError(.fileSystem, naming: ["w.npy"]) { _ = try EmbeddingFiles(["\(root)/data"]) }
  }

  @Test("the wanted extension may be in upper case; a file given by name needs none")
  func extensions() throws {
    try put(1, "a.npy")
    try folder.write(vecs([[9 as UInt8]]), to: "b.bvecs")
    #expect(try EmbeddingFiles([root], fileExtension: "NPY").load() == [1])
    #expect(try EmbeddingFiles(["\(root)/b.bvecs"], fileExtension: "npy").load() == [9])
  }

  @Test("each file's first number is known")
  func starts() throws {
    try put(1, "a.npy")
    try folder.write(npy([], columns: 1), to: "b.npy")
    try folder.write(npy([2, 3], columns: 1), to: "c.npy")
    #expect(try EmbeddingFiles([root]).starts == [0, 1, 3])
  }
}
