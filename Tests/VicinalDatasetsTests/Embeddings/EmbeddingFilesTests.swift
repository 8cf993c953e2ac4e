import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Embeddings in files and folders")
struct EmbeddingFilesTests {
  private func rows(_ values: [Float]) -> [UInt8] { npy(values, columns: 2) }

  /// Names relative to the folder.
  private func names(_ source: EmbeddingFiles, in folder: ScratchFolder) -> [String] {
    source.files.map { String($0.path.dropFirst(folder.url.path.count + 1)) }
  }

  @Test("folders are searched with their sub-folders, in the order of paths byte by byte")
  func order() throws {
    let folder = try ScratchFolder()
    for (number, name) in ["9.npy", "10.npy", "b/1.npy", "a/z.npy", "B.npy", "b.npy"].enumerated() {
      try folder.write(rows([Float(number), 0]), to: name)
    }
    let source = try EmbeddingFiles([folder.url.path])
    let expected = ["10.npy", "9.npy", "B.npy", "a/z.npy", "b.npy", "b/1.npy"]
    #expect(names(source, in: folder) == expected)
    #expect(try source.load() == [1, 0, 0, 0, 4, 0, 3, 0, 5, 0, 2, 0])
    let again = try EmbeddingFiles([folder.path("b/1.npy"), folder.url.path + "/", folder.url.path])
    #expect(names(again, in: folder) == expected, "files given twice count once")
  }

  @Test("a row is named by its file, and by its number if there are several files")
  func places() throws {
    let folder = try ScratchFolder()
    try folder.write(rows([1, 2, 3, 4]), to: "a.npy")
    let one = try EmbeddingFiles([folder.url.path])
    #expect(try one.place(of: 1) == "row 1 of \(folder.path("a.npy"))")
    try folder.write(rows([1, 2, 3, 4, .nan, 6]), to: "b.npy")
    let two = try EmbeddingFiles([folder.url.path])
    #expect(try two.place(of: 1) == "row 1 of \(folder.path("a.npy")) (row 1 of the embeddings)")
    #expect(try two.place(of: 2) == "row 0 of \(folder.path("b.npy")) (row 2 of the embeddings)")
    expectError(.notFinite, naming: ["row 2 of", "b.npy", "row 4", "nan", "column 0"]) {
      try two.forEachBatch(rows: 2) { batch, first throws(IndexError) in
        try two.requireFinite(batch, from: first)
      }
    }
  }

  @Test("hidden files, hidden folders and other extensions are ignored, also by a wanted extension")
  func ignored() throws {
    let folder = try ScratchFolder()
    try folder.write(rows([1, 2]), to: "a.npy")
    try folder.write(vecs([[3, 4 as UInt8]]), to: "sub/b.bvecs")
    for name in [".a.npy", ".hidden/a.npy", "sub/.x/y.npy", "a.txt", "npy", "a.npy.tmp"] {
      try folder.write([1, 2, 3], to: name)
    }
    #expect(try EmbeddingFiles([folder.url.path]).load() == [1, 2, 3, 4])
    #expect(try EmbeddingFiles([folder.url.path], fileExtension: "bvecs").load() == [3, 4])
  }

  @Test("a symbolic link to a folder is searched")
  func symbolicLink() throws {
    let folder = try ScratchFolder()
    try folder.write(rows([1, 2]), to: "data/a.npy")
    let link = try folder.path("link")
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: folder.url.path + "/data")
    #expect(try EmbeddingFiles([link]).count == 1)
  }

  @Test("a folder whose name ends in .npy is a folder")
  func misleadingFolder() throws {
    let folder = try ScratchFolder()
    try folder.write(rows([1, 2]), to: "part.npy/a.npy")
    #expect(try EmbeddingFiles([folder.url.path]).count == 1)
  }

  @Test("files without rows are skipped, a file without bytes is an error naming it")
  func emptyFiles() throws {
    let folder = try ScratchFolder()
    try folder.write(npy([], columns: 7), to: "0.npy")
    try folder.write(rows([1, 2]), to: "1.npy")
    let source = try EmbeddingFiles([folder.url.path])
    #expect(source.count == 1 && source.dimension == 2 && source.files.count == 1)
    try folder.write([], to: "2.npy")
    expectError(.corruptFile, naming: ["2.npy", "0 bytes"]) {
      _ = try EmbeddingFiles([folder.url.path])
    }
  }

  @Test("a file of another dimension is an error naming it and the first file")
  func dimensions() throws {
    let folder = try ScratchFolder()
    try folder.write(rows([1, 2]), to: "1.npy")
    try folder.write(rows([3, 4]), to: "2.npy")
    try folder.write(npy([1, 2, 3], columns: 3), to: "3.npy")
    expectError(.dimensionMismatch, naming: ["1.npy", "3.npy", "dimension 3", "2"]) {
      _ = try EmbeddingFiles([folder.url.path])
    }
  }

  @Test("nothing to read is an error, and so is what does not exist")
  func nothing() throws {
    let folder = try ScratchFolder()
    expectError(.insufficientData, naming: [folder.url.path]) {
      _ = try EmbeddingFiles([folder.url.path])
    }
    try folder.write(npy([], columns: 7), to: "0.npy")
    expectError(.insufficientData) { _ = try EmbeddingFiles([folder.url.path]) }
    expectError(.insufficientData) { _ = try EmbeddingFiles([]) }
    expectError(.fileSystem, naming: ["/nowhere"]) { _ = try EmbeddingFiles(["/nowhere"]) }
    let flat = try folder.write(
      npy(header: "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 0), }"), to: "flat.npy")
    expectError(.corruptFile, naming: ["flat.npy"]) { _ = try EmbeddingFiles([flat]) }
  }

  @Test("a truncated file among good ones is an error naming it")
  func truncated() throws {
    let folder = try ScratchFolder()
    try folder.write(rows([1, 2]), to: "1.npy")
    try folder.write(rows([3, 4]).dropLast(), to: "2.npy")
    expectError(.corruptFile, naming: ["2.npy"]) { _ = try EmbeddingFiles([folder.url.path]) }
  }
}
