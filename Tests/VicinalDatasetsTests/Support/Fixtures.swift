import Foundation
import VicinalCore
import VicinalDatasets

/// The `.npy` files that `Fixtures/make_fixtures.py` wrote with NumPy.
let fixtureFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Fixtures")

func fixture(_ name: String) -> String {
  fixtureFolder.appendingPathComponent("\(name).npy").path
}

/// All floats of a file.
func contents(_ file: VectorFile) throws(IndexError) -> [Float] {
  var buffer: [Float] = []
  return try file.withRows(0..<file.count, buffer: &buffer) { batch throws(IndexError) in
    batch.values.indices.map { batch.values[$0] }
  }
}

/// All floats of a source, and the sizes and first numbers of the batches.
func batches(
  _ source: some EmbeddingSource, rows: Int
) throws(IndexError) -> (values: [Float], sizes: [Int], firsts: [Int]) {
  var values: [Float] = []
  var sizes: [Int] = []
  var firsts: [Int] = []
  try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
    for index in batch.values.indices { values.append(batch.values[index]) }
    sizes.append(batch.count)
    firsts.append(first)
  }
  return (values, sizes, firsts)
}

/// The bytes of a `.npy` file with any header text.
func npy(
  header: String, data: [UInt8] = [], version: UInt8 = 1, padding: Int = 0
) -> [UInt8] {
  let text = Array((header + String(repeating: " ", count: padding) + "\n").utf8)
  var bytes: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]
  for byte in 0..<(version == 1 ? 2 : 4) { bytes.append(UInt8(text.count >> (8 * byte) & 0xff)) }
  return bytes + text + data
}

/// A `.npy` file of little-endian floats.
func npy(_ values: [Float], columns: Int) -> [UInt8] {
  npy(
    header: "{'descr': '<f4', 'fortran_order': False, 'shape': (\(values.count / columns), "
      + "\(columns)), }",
    data: littleEndian(values.map(\.bitPattern)))
}

/// The bytes of a `.fvecs`, `.bvecs` or `.ivecs` file.
func vecs<T: FixedWidthInteger>(_ rows: [[T]]) -> [UInt8] {
  rows.flatMap { littleEndian([Int32($0.count)]) + littleEndian($0) }
}

func littleEndian<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
  values.flatMap { value in
    (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T(8 * $0)) }
  }
}
