public import VicinalCore
import VicinalFiles

/// Writes matrices as NumPy `.npy` files, format 1.0, little-endian, C order, byte for byte as
/// `numpy.save` does.
///
/// A file appears under its name only when it is complete and on disk: it is written under a
/// hidden name in the same folder, synchronised and renamed. Symbolic links are followed.
public enum NPYWriter {
  /// Writes floats (`<f4`).
  ///
  /// - Parameters:
  ///   - values: All rows, one after the other.
  ///   - columns: Numbers in a row, at least 1.
  ///   - path: The file to create or replace.
  /// - Throws: ``IndexError/Code/invalidArgument`` if `values` is not a whole number of rows,
  ///   ``IndexError/Code/fileSystem``.
  public static func write(_ values: [Float], columns: Int, to path: String) throws(IndexError) {
    try write(values, "<f4", columns, path, as: UInt32.self) { $0.bitPattern }
  }

  /// Writes 64-bit integers (`<i8`); otherwise as for floats.
  public static func write(_ values: [Int64], columns: Int, to path: String) throws(IndexError) {
    try write(values, "<i8", columns, path, as: Int64.self) { $0 }
  }

  /// Writes 32-bit integers (`<i4`); otherwise as for floats.
  public static func write(_ values: [Int32], columns: Int, to path: String) throws(IndexError) {
    try write(values, "<i4", columns, path, as: Int32.self) { $0 }
  }

  /// Writes bytes (`|u1`); otherwise as for floats.
  public static func write(_ values: [UInt8], columns: Int, to path: String) throws(IndexError) {
    try write(values, "|u1", columns, path, as: UInt8.self) { $0 }
  }

  private static func write<Value, Stored: FixedWidthInteger & BitwiseCopyable>(
    _ values: [Value], _ descr: String, _ columns: Int, _ path: String, as _: Stored.Type,
    _ bits: (Value) -> Stored
  ) throws(IndexError) {
    guard columns > 0, values.count.isMultiple(of: columns) else {
      throw IndexError(
        .invalidArgument,
        "\(values.count) numbers are not a whole number of rows of \(columns) for \(path)")
    }
    let header = header(descr, rows: values.count / columns, columns: columns)
    let file = try replacingOutput(path)
    try file.write(header.span.rawBytes)
    var part: [Stored] = []
    part.reserveCapacity(min(values.count, partLength))
    for first in stride(from: 0, to: values.count, by: partLength) {
      part.removeAll(keepingCapacity: true)
      for value in values[first..<min(first + partLength, values.count)] {
        part.append(bits(value).littleEndian)
      }
      try file.write(part.span.rawBytes)
    }
    try file.commit()
  }

  /// Numbers that are converted at once.
  private static let partLength = 1 << 16

  /// Everything before the data, which begins at a multiple of 64 bytes.
  static func header(_ descr: String, rows: Int, columns: Int) -> [UInt8] {
    let count = String(rows)
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(count), \(columns)), }"
    // NumPy leaves room for the first axis to grow to 21 digits without moving the data.
    text += String(repeating: " ", count: max(0, 21 - count.utf8.count))
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
      + text.utf8
  }
}
