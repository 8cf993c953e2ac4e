import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Damaged .npy files")
struct DamagedNPYTests {
  private func header(_ shape: String) -> String {
    "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
  }

  @Test(
    "a header that promises what the file does not hold is an error naming the file",
    arguments: [
      "(3, 5)", "(1, 4)", "(4, 3, )", "(-2, -4)", "(-1, 8)", "(2, -4)", "(1000000000, 4)",
      "(4611686018427387904, 4)", "(9223372036854775807, 9223372036854775807)",
      "(9223372036854775807, 2)", "(99999999999999999999999, 4)", "(4611686018427387904, 0)",
    ])
  func lyingShape(shape: String) throws {
    let folder = try ScratchFolder()
    let data = [UInt8](repeating: 0, count: 2 * 4 * 4)
    let path = try folder.write(npy(header: header(shape), data: data), to: "lie.npy")
    expectError(.corruptFile, naming: ["lie.npy"], shape) { _ = try VectorFile(path: path) }
  }

  @Test(
    "a header that is not the dictionary it should be is an error naming the file",
    arguments: [
      "", "{", "}", "{}", "[]", "{'descr': '<f4'}", "{'shape': (2, 4), 'fortran_order': False}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 4)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': '(2, 4)'}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4)} + 1",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2 4)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), 'shape': (2, 4)}",
      "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 4)}", "{'descr': '\u{1F600}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (٢, 4)}", "{'a\\'': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (" + String(repeating: "1,", count: 9000),
    ])
  func malformedHeader(text: String) throws {
    let folder = try ScratchFolder()
    let data = [UInt8](repeating: 0, count: 2 * 4 * 4)
    let path = try folder.write(npy(header: text, data: data), to: "odd.npy")
    expectError(.corruptFile, naming: ["odd.npy"], text) { _ = try VectorFile(path: path) }
  }

  @Test("unknown formats and element types are unsupported")
  func unsupported() throws {
    let folder = try ScratchFolder()
    for version: UInt8 in [0, 4, 255] {
      let path = try folder.write(npy(header: header("(0, 4)"), version: version), to: "v.npy")
      expectError(.unsupported, naming: ["v.npy", "\(version)"]) { _ = try VectorFile(path: path) }
    }
    for descr in ["<f16", "<c8", "|O", "<U3", "<M8[s]", "", "<", "f", "<i3", "<<f4", "|V4"] {
      let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (0, 4), }"
      let path = try folder.write(npy(header: text), to: "t.npy")
      expectError(.unsupported, naming: ["t.npy", "'\(descr)'"]) { _ = try VectorFile(path: path) }
    }
  }

  @Test(
    "a file cut off at any byte is an error naming it",
    arguments: ["c_f4_little", "version2", "f_i2_big"])
  func truncated(name: String) throws {
    let folder = try ScratchFolder()
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    for length in 0..<whole.count {
      let path = try folder.write(whole.prefix(length), to: "cut.npy")
      expectError(.corruptFile, naming: ["cut.npy"], "\(length) bytes") {
        _ = try VectorFile(path: path)
      }
      try FileManager.default.removeItem(atPath: path)
    }
    let path = try folder.write(whole + [0], to: "long.npy")
    expectError(.corruptFile, naming: ["long.npy"]) { _ = try VectorFile(path: path) }
  }

  @Test(
    "any header byte replaced by any of many values gives vectors or a typed error",
    arguments: ["c_f4_little", "version2", "f_i2_big"])
  func replacedBytes(name: String) throws {
    let folder = try ScratchFolder()
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    let headerEnd = try #require(whole.firstIndex(of: UInt8(ascii: "\n"))) + 1
    let replacements: [UInt8] = [0, 1, 0x7f, 0x80, 0xff] + Array(" '(),-0149:{}<>Lfi\n".utf8)
    for place in 0..<headerEnd {
      for value in replacements where value != whole[place] {
        var bytes = whole
        bytes[place] = value
        let path = try folder.write(bytes, to: "\(place)-\(value).npy")
        do throws(IndexError) {
          let file = try VectorFile(path: path)
          guard file.dimension > 0 else { continue }
          let values = try contents(file)
          #expect(values.count == file.count * file.dimension, "byte \(place) = \(value)")
        } catch {
          #expect(
            [.corruptFile, .unsupported].contains(error.code) && error.message.contains(path),
            "byte \(place) = \(value): \(error)")
        }
        try FileManager.default.removeItem(atPath: path)
      }
    }
  }
}
