import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite(".fvecs, .bvecs and .ivecs files")
struct VecsTests {
  @Test("floats, bytes and integers are read")
  func elements() throws {
    let folder = try ScratchFolder()
    let floats: [[Float]] = [[1.5, -2, .pi], [0, 1e-30, 4]]
    let f = try VectorFile(
      path: folder.write(vecs(floats.map { $0.map(\.bitPattern) }), to: "a.fvecs"))
    #expect(f.count == 2 && f.dimension == 3 && f.element == .float32)
    #expect(try contents(f) == floats.flatMap { $0 })
    let b = try VectorFile(
      path: folder.write(vecs([[0, 255 as UInt8], [128, 7]]), to: "a.bvecs"))
    #expect(try contents(b) == [0, 255, 128, 7])
    let i = try VectorFile(path: folder.write(vecs([[Int32.min], [-1], [.max]]), to: "a.ivecs"))
    #expect(
      try (0..<3).map { try i.integers($0) } == [[Int64(Int32.min)], [-1], [Int64(Int32.max)]])
    #expect(try b.integers(1) == [128, 7])
    expectError(.unsupported, naming: ["a.fvecs"]) { _ = try f.integers(0) }
  }

  @Test("the extension may be in upper case")
  func upperCase() throws {
    let folder = try ScratchFolder()
    #expect(try VectorFile(path: folder.write(vecs([[9 as UInt8]]), to: "A.BVECS")).count == 1)
  }

  @Test("a file cut off inside a row is an error naming it")
  func truncated() throws {
    let folder = try ScratchFolder()
    let whole = vecs([[1, 2, 3 as Int32], [4, 5, 6]])
    for length in 0..<whole.count where length != whole.count / 2 {
      let path = try folder.write(whole.prefix(length), to: "cut\(length).ivecs")
      expectError(.corruptFile, naming: ["cut\(length).ivecs"]) { _ = try VectorFile(path: path) }
    }
  }

  @Test(
    "dimensions that no file can have are errors", arguments: [0, -1, Int32.min, .max, 1 << 21])
  func dimensions(stated: Int32) throws {
    let folder = try ScratchFolder()
    let path = try folder.write(littleEndian([stated, 0, 0, 0]), to: "a.fvecs")
    expectError(.corruptFile, naming: ["a.fvecs", "\(stated)"]) { _ = try VectorFile(path: path) }
  }

  @Test("a row that states another dimension is an error naming file and row")
  func mixedDimensions() throws {
    let folder = try ScratchFolder()
    var bytes = vecs((0..<5).map { [Int32($0), 1, 2] })
    bytes[3 * 16] = 2
    let path = try folder.write(bytes, to: "mixed.ivecs")
    let file = try VectorFile(path: path)
    var row: [Float] = []
    try file.append(2, to: &row)
    #expect(row == [2, 1, 2])
    for body: () throws -> Void in [
      { _ = try contents(file) }, { _ = try file.integers(3) },
      { _ = try EmbeddingFiles([path]).load() },
    ] {
      expectError(.corruptFile, naming: ["mixed.ivecs", "row 3"]) { try body() }
    }
  }

  @Test("other extensions, folders and missing files are errors naming the path")
  func notFiles() throws {
    let folder = try ScratchFolder()
    let text = try folder.write([1], to: "a.txt")
    expectError(.unsupported, naming: [text]) { _ = try VectorFile(path: text) }
    let missing = try folder.path("missing.npy")
    expectError(.fileSystem, naming: [missing]) { _ = try VectorFile(path: missing) }
    let inside = folder.url.appendingPathComponent("folder.npy")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    expectError(.fileSystem, naming: [inside.path]) { _ = try VectorFile(path: inside.path) }
  }
}
