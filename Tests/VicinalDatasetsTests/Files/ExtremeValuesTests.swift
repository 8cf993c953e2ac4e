import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("The largest, smallest and special values of every element type")
struct ExtremeValuesTests {
  static let kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]

  /// Bit patterns with all NaNs made one: a NaN may change its payload when it is converted.
  private func patterns(_ values: some Sequence<Float>) -> [UInt32] {
    values.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
  }

  private func expected(_ kind: String) throws -> [Float] {
    let bytes = try [UInt8](
      Data(contentsOf: fixtureFolder.appendingPathComponent("extremes_\(kind).f32")))
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }

  @Test("are what NumPy makes of them, in batches of any size", arguments: kinds, ["c", "fortran"])
  func values(kind: String, order: String) throws {
    let file = try VectorFile(path: fixture("extremes_\(order)_\(kind)"))
    #expect(file.count == 7 && file.dimension == 5)
    var buffer: [Float] = []
    for rows in [1, 2, 3, 7] {
      var found: [Float] = []
      for first in stride(from: 0, to: 7, by: rows) {
        try file.withRows(first..<min(7, first + rows), buffer: &buffer) {
          batch throws(IndexError) in
          for index in batch.values.indices { found.append(batch.values[index]) }
        }
      }
      #expect(try patterns(found) == patterns(expected(kind)), "batches of \(rows)")
    }
  }

  @Test("integers keep their value as ids", arguments: kinds.filter { !$0.hasPrefix("f") })
  func integers(kind: String) throws {
    guard kind != "u8" else {
      // The largest value does not fit 64 signed bits, and another id would be a wrong answer.
      expectError(.unsupported, naming: ["extremes_c_u8", "\(Int64.max)"]) {
        _ = try IntegerRows(path: fixture("extremes_c_u8"))
      }
      return
    }
    let rows = try IntegerRows(path: fixture("extremes_c_\(kind)"))
    #expect(rows.count == 7 && rows.columns == 5)
    #expect(try patterns(rows.values.map { Float($0) }) == patterns(expected(kind)))
    #expect(rows == (try IntegerRows(path: fixture("extremes_fortran_\(kind)"))))
    if kind == "i8" { #expect(Array(rows[0]) == [0, 1, .max, .min, .max - 1]) }
  }

  @Test("all 65,536 numbers of half precision are converted exactly")
  func halfPrecision() throws {
    let folder = try ScratchFolder()
    let halves = Array(0...UInt16.max)
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (256, 256), }"
    let path = try folder.write(npy(header: header, data: littleEndian(halves)), to: "all.npy")
    let exact = halves.map { Float(Float16(bitPattern: $0)) }
    #expect(try patterns(contents(VectorFile(path: path))) == patterns(exact))
  }
}
