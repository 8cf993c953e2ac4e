import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Reading .npy files that NumPy wrote")
struct NPYReadingTests {
  /// What `make_fixtures.py` puts into every matrix.
  private func expected(_ kind: Character?) -> [Float] {
    (0..<12).map { cell in
      switch kind {
      case "f": Float(cell) / 4 - 1
      case "i": Float(cell - 5)
      default: Float(cell)
      }
    }
  }

  private static let elements: [(String, ElementType)] = [
    ("f2", .float16), ("f4", .float32), ("f8", .float64), ("i1", .int(bytes: 1)),
    ("i2", .int(bytes: 2)), ("i4", .int(bytes: 4)), ("i8", .int(bytes: 8)),
    ("u1", .uint(bytes: 1)), ("u2", .uint(bytes: 2)), ("u4", .uint(bytes: 4)),
    ("u8", .uint(bytes: 8)),
  ]

  @Test("every element type, in both orders of bytes and axes", arguments: elements)
  func elementTypes(name: String, element: ElementType) throws {
    var read = 0
    for order in ["c", "f"] {
      for endian in ["little", "big"] {
        let path = fixture("\(order)_\(name)_\(endian)")
        guard FileManager.default.fileExists(atPath: path) else { continue }
        let file = try VectorFile(path: path)
        #expect(file.count == 3 && file.dimension == 4 && file.element == element, "\(path)")
        #expect(try contents(file) == expected(name.first), "\(path)")
        var buffer: [Float] = []
        let middle = try file.withRows(1..<2, buffer: &buffer) { batch throws(IndexError) in
          batch.values.indices.map { batch.values[$0] }
        }
        #expect(middle == Array(expected(name.first)[4..<8]), "\(path)")
        read += 1
      }
    }
    #expect(read == (element.size == 1 ? 2 : 4))
  }

  @Test("formats 1.0, 2.0 and 3.0", arguments: ["c_f4_little", "version2", "version3"])
  func versions(name: String) throws {
    #expect(try contents(VectorFile(path: fixture(name))) == expected("f"))
  }

  @Test("integers come as they are, floats are refused as ids")
  func integers() throws {
    for (name, _) in Self.elements where name.first != "f" {
      let row = try VectorFile(path: fixture("f_\(name)_little")).integers(2)
      #expect(row == expected(name.first)[8...].map { Int64($0) }, "\(name)")
    }
    let wide = try VectorFile(path: fixture("writer_i8"))
    #expect(try wide.integers(0) == [-1, 1 << 62] && wide.integers(1) == [3, .min])
    expectError(.unsupported, naming: ["c_f4_little", "integers"]) {
      _ = try VectorFile(path: fixture("c_f4_little")).integers(0)
    }
  }

  @Test("half precision keeps infinities, NaN and subnormal numbers")
  func halfPrecision() throws {
    let folder = try ScratchFolder()
    let halves: [UInt16] = [0x7c00, 0xfc00, 0x7e00, 0x0001, 0x8000, 0x3c00]
    let path = try folder.write(
      npy(
        header: "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 6), }",
        data: littleEndian(halves)), to: "half.npy")
    let values = try contents(VectorFile(path: path))
    #expect(values[0] == .infinity && values[1] == -.infinity && values[2].isNaN)
    #expect(values[3] == 0x1p-24 && values[4].bitPattern == 0x8000_0000 && values[5] == 1)
  }

  @Test(
    "arrays that are not rows of numbers are refused by name",
    arguments: ["bad_complex", "bad_text", "bad_one_axis", "bad_three_axes", "bad_no_axes"])
  func notVectors(name: String) {
    expectError(.unsupported, naming: [name]) { _ = try VectorFile(path: fixture(name)) }
  }

  @Test("an array of records is an error")
  func records() {
    #expect(throws: IndexError.self) { try VectorFile(path: fixture("bad_fields")) }
  }

  @Test(
    "data at an odd offset, as a header without NumPy's padding leaves it, is read",
    arguments: 0..<4)
  func oddOffsets(padding: Int) throws {
    let folder = try ScratchFolder()
    let values: [Float] = [1.5, -2, 3.25, .pi, 0, 1e-20]
    let path = try folder.write(
      npy(
        header: "{'shape': (2, 3), 'fortran_order': False, 'descr': \"<f4\"}",
        data: littleEndian(values.map(\.bitPattern)), padding: padding), to: "a.npy")
    #expect(try contents(VectorFile(path: path)) == values)
  }
}
