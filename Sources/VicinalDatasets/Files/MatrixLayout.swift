/// Where and how the numbers of a matrix lie in a file.
///
/// Whoever makes a layout has checked that every number lies inside the file; readers rely on it.
struct MatrixLayout: Sendable, Equatable {
  var element: ElementType
  var isBigEndian = false
  /// Column-major, as NumPy's `fortran_order`.
  var isColumnMajor = false
  /// 2 for a matrix; 1 for a list of numbers, which is held as a matrix of one column.
  var axes = 2
  var rows: Int
  var columns: Int
  /// Byte of the first number.
  var dataOffset: Int
  /// Bytes between the starts of rows (row-major) or columns (column-major).
  var stride: Int

  /// Bytes that the numbers of a row take in the file.
  var rowBytes: Int { columns * element.size }

  /// Bytes from one row to the next.
  var rowStride: Int { isColumnMajor ? element.size : stride }

  /// Bytes from one column to the next.
  var columnStride: Int { isColumnMajor ? stride : element.size }

  /// Whether rows can be used in place as floats, alignment aside.
  var isPlainFloats: Bool {
    element == .float32 && !isBigEndian && !isColumnMajor && stride == rowBytes
  }
}
