import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Ids and ground truth")
struct IntegerRowsTests {
  private func list(_ descr: String, _ data: [UInt8], count: Int) -> [UInt8] {
    npy(
      header: "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(count),), }", data: data)
  }

  @Test("a list of ids is one column")
  func ids() throws {
    let folder = try ScratchFolder()
    let values: [Int64] = [5, -7, 1 << 62, .min, .max]
    let path = try folder.write(list("<i8", littleEndian(values), count: 5), to: "ids.npy")
    let ids = try IntegerRows(path: path)
    #expect(ids.count == 5 && ids.columns == 1 && ids.values == values)
    #expect(Array(ids[2]) == [1 << 62])
  }

  @Test("neighbours are read from .ivecs files")
  func ivecs() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(vecs([[3, 1, 2], [Int32.min, -1, .max]]), to: "truth.ivecs")
    let rows = try IntegerRows(path: path)
    #expect(rows.count == 2 && rows.columns == 3)
    #expect(Array(rows[1]) == [Int64(Int32.min), -1, Int64(Int32.max)])
  }

  @Test("floating-point numbers are refused, even if there are none")
  func floats() throws {
    let folder = try ScratchFolder()
    for path in [
      try folder.write(list("<f4", littleEndian([UInt32(0)]), count: 1), to: "one.npy"),
      try folder.write(list("<f8", [], count: 0), to: "none.npy"),
      try folder.write(vecs([[Float(1).bitPattern]]), to: "row.fvecs"),
    ] {
      expectError(.unsupported, naming: [path]) { _ = try IntegerRows(path: path) }
    }
  }

  @Test("a list is no matrix of vectors, and the message says what to do")
  func oneAxis() {
    expectError(.unsupported, naming: ["bad_one_axis", "reshape(1, -1)"]) {
      _ = try VectorFile(path: fixture("bad_one_axis"))
    }
  }
}
