import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Headers made to do harm")
struct HostileHeaderTests {
  /// Opens and reads a file in every way.
  private func readAll(_ path: String) throws(IndexError) {
    let file = try VectorFile(path: path)
    guard file.count > 0 else { return }
    _ = try contents(file)
    for row in 0..<file.count {
      do {
        _ = try file.integers(row)
      } catch {
        guard error.code == .unsupported else { throw error }
      }
    }
  }

  @Test(
    "no rows of more bytes than can be counted: zero times anything is the nothing that is there",
    arguments: [
      "(0, 4611686018427387904)", "(0, 9223372036854775807)", "(4611686018427387904, 0)",
    ],
    ["False", "True"])
  func hugeEmpty(shape: String, order: String) throws {
    let folder = try ScratchFolder()
    let header = "{'descr': '<f4', 'fortran_order': \(order), 'shape': \(shape), }"
    let path = try folder.write(npy(header: header), to: "huge.npy")
    expectError(.corruptFile, naming: ["huge.npy"]) { try readAll(path) }
  }

  @Test("control characters do not reach the terminal")
  func controlCharacters() throws {
    let folder = try ScratchFolder()
    for header in [
      "\u{1b}[31m", "{'descr': '\u{1b}[31m', 'fortran_order': False, 'shape': (1, 1)}",
    ] {
      let path = try folder.write(npy(header: header), to: "red.npy")
      do throws(IndexError) {
        try readAll(path)
        Issue.record("no error")
      } catch {
        #expect(error.message.contains("?[31m") && !error.message.contains("\u{1b}"))
      }
    }
  }

  @Test("more fields than NumPy's three, or fields that are something else, are refused")
  func fields() throws {
    let folder = try ScratchFolder()
    let start = "{'descr': '<f4', 'fortran_order': False, 'shape': "
    for end in ["(0, 4), 'more': True}", "(6)}", "6}", "[0, 4]}", "(+0, 4)}", "(0x0, 4)}"] {
      let path = try folder.write(npy(header: start + end), to: "fields.npy")
      expectError(.corruptFile, naming: ["fields.npy"], end) { try readAll(path) }
    }
  }

  @Test("a minor version that does not exist is refused")
  func minorVersion() throws {
    let folder = try ScratchFolder()
    var bytes = npy([1, 2], columns: 2)
    bytes[7] = 1
    let path = try folder.write(bytes, to: "minor.npy")
    expectError(.unsupported, naming: ["minor.npy", "1.1"]) { try readAll(path) }
  }

  @Test("floods of brackets and fields end in an error, soon")
  func floods() throws {
    let folder = try ScratchFolder()
    for text in [
      "{'descr': " + String(repeating: "[", count: 60_000),
      "{" + (0..<4000).map { "'\($0)': True," }.joined() + "}",
    ] {
      let path = try folder.write(npy(header: text), to: "flood.npy")
      expectError(.corruptFile, naming: ["flood.npy"]) { try readAll(path) }
    }
  }

  @Test(
    "random damage gives vectors or an error naming the file", arguments: ["c_f2", "fortran_u1"])
  func random(name: String) throws {
    let seed: UInt64 = 20_261_121
    var generator = SplitMix64(seed: seed)
    let folder = try ScratchFolder()
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: fixture("extremes_" + name))))
    for round in 0..<1500 {
      var bytes = whole
      for _ in 0...generator.integer(below: 4) {
        let place = generator.integer(below: bytes.count)
        switch generator.integer(below: 4) {
        case 0: bytes[place] = UInt8(generator.integer(below: 256))
        case 1: bytes[place] = UInt8(0x30 + generator.integer(below: 10))
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8(0x20 + generator.integer(below: 95)), at: place)
        }
      }
      // A new name each time: ext4 waits for the disk when a file is written again.
      let path = try folder.write(bytes, to: "\(round).npy")
      do throws(IndexError) {
        try readAll(path)
      } catch {
        #expect(error.message.contains(path), "seed \(seed), round \(round): \(error)")
      }
      try FileManager.default.removeItem(atPath: path)
    }
  }
}
