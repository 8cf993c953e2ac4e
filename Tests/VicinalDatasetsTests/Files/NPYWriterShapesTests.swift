import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Writing .npy files of small integers, and of no whole rows")
struct NPYWriterShapesTests {
  /// The file that `numpy.save` writes for one short row: two lines of 64 bytes, then the data.
  private func expected(_ descr: String, columns: Int, data: [UInt8]) -> [UInt8] {
    let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (1, \(columns)), }"
    return npy(header: header, data: data, padding: 117 - header.utf8.count)
  }

  @Test("32-bit integers and bytes are NumPy's bytes")
  func small() throws {
    let folder = try ScratchFolder()
    let path = try folder.path("a.npy")
    try NPYWriter.write([-1, 2, Int32.max], columns: 3, to: path)
    let words = littleEndian([-1, 2, Int32.max])
    #expect(
      try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        == expected("<i4", columns: 3, data: words))
    try NPYWriter.write([0, 255] as [UInt8], columns: 2, to: path)
    #expect(
      try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        == expected("|u1", columns: 2, data: [0, 255]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.npy"])
  }

  @Test("no whole rows are an error, and an existing file stays", arguments: [3, 0, -1, Int.min])
  func rows(columns: Int) throws {
    let folder = try ScratchFolder()
    let path = try folder.write([1, 2, 3], to: "a.npy")
    expectError(.invalidArgument, naming: [path, "\(columns)"]) {
      try NPYWriter.write([Float](repeating: 0, count: 5), columns: columns, to: path)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
  }
}
