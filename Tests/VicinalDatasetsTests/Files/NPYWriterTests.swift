import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Writing .npy files")
struct NPYWriterTests {
  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test("floats are NumPy's bytes")
  func floats() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.npy")
    try NPYWriter.write((0..<15).map { Float($0) / 2 }, columns: 3, to: path)
    #expect(try bytes(path) == bytes(fixture("writer_f4")))
  }

  @Test("integers are NumPy's bytes")
  func integers() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.npy")
    try NPYWriter.write([-1, 1 << 62, 3, Int64.min], columns: 2, to: path)
    #expect(try bytes(path) == bytes(fixture("writer_i8")))
  }

  @Test("a matrix without rows is NumPy's bytes")
  func empty() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.npy")
    try NPYWriter.write([Float](), columns: 3, to: path)
    #expect(try bytes(path) == bytes(fixture("writer_empty")))
  }

  @Test("what is written is read back")
  func roundTrip() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.npy")
    let rows = DataShape.uniform.make(50, dimension: 7, seed: 1)
    try NPYWriter.write(rows.values, columns: 7, to: path)
    #expect(try contents(VectorFile(path: path)) == rows.values)
  }

  @Test("a symbolic link is followed, as when an index is written")
  func link() throws {
    let folder = try ScratchFolder()
    let path = try folder.write([1], to: "real.npy")
    let link = try folder.path("link.npy")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real.npy")
    try NPYWriter.write([Float(1), 2], columns: 2, to: link)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real.npy")
    #expect(try contents(VectorFile(path: path)) == [1, 2])
  }

  @Test("more numbers than are converted at once are written whole")
  func large() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.npy")
    let rows = DataShape.uniform.make(70_001, dimension: 3, seed: 2)
    try NPYWriter.write(rows.values, columns: 3, to: path)
    #expect(try contents(VectorFile(path: path)) == rows.values)
  }

  @Test("a file that cannot be written is an error naming it, and leaves nothing behind")
  func unwritable() throws {
    let folder = try ScratchFolder()
    let path = folder.url.path + "/missing/a.npy"
    expectError(.fileSystem, naming: [path]) {
      try NPYWriter.write([Float(1)], columns: 1, to: path)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }
}
