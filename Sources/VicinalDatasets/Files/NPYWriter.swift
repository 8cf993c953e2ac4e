import Foundation
public import VicinalCore

/// Writes matrices as NumPy `.npy` files, format 1.0, little-endian, C order.
public enum NPYWriter {
  /// Writes floats (`<f4`). The file appears under its name only when it is complete.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public static func write(_ values: [Float], columns: Int, to path: String) throws(IndexError) {
    try write(values.map { $0.bitPattern.littleEndian }, "<f4", columns: columns, to: path)
  }

  /// Writes 64-bit integers (`<i8`).
  ///
  /// - Throws: ``IndexError/Code/fileSystem``.
  public static func write(_ values: [Int64], columns: Int, to path: String) throws(IndexError) {
    try write(values.map(\.littleEndian), "<i8", columns: columns, to: path)
  }

  private static func write<T: FixedWidthInteger & BitwiseCopyable>(
    _ values: [T], _ descr: String, columns: Int, to path: String
  ) throws(IndexError) {
    let rows = columns > 0 ? values.count / columns : 0
    var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // Data begins at a multiple of 64, behind a newline, as NumPy writes it.
    let padding = (64 - (10 + header.utf8.count + 1) % 64) % 64
    header += String(repeating: " ", count: padding) + "\n"
    var data = Data([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
    data.append(UInt8(header.utf8.count & 0xff))
    data.append(UInt8(header.utf8.count >> 8))
    data.append(contentsOf: header.utf8)
    data.reserveCapacity(data.count + values.count * T.bitWidth / 8)
    for value in values {
      for byte in 0..<T.bitWidth / 8 {
        data.append(UInt8(truncatingIfNeeded: value >> T(8 * byte)))
      }
    }
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw IndexError(.fileSystem, "cannot write \(path): \(error.localizedDescription)")
    }
  }
}
