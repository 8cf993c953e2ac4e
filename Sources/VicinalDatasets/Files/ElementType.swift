/// How a file stores one number. Everything is converted to 32-bit floats when vectors are read.
public enum ElementType: Sendable, Equatable {
  /// IEEE half precision.
  case float16
  /// IEEE single precision.
  case float32
  /// IEEE double precision; values beyond the range of a float become infinite and are then
  /// refused like any infinity.
  case float64
  /// Signed integers of 1, 2, 4 or 8 bytes.
  case int(bytes: Int)
  /// Unsigned integers of 1, 2, 4 or 8 bytes.
  case uint(bytes: Int)

  /// Bytes per number.
  public var size: Int {
    switch self {
    case .float16: 2
    case .float32: 4
    case .float64: 8
    case .int(let bytes), .uint(let bytes): bytes
    }
  }
}

/// Where and how the numbers of a matrix lie in a file.
struct MatrixLayout: Sendable, Equatable {
  var element: ElementType
  var isBigEndian = false
  /// Column-major, as NumPy's `fortran_order`.
  var isColumnMajor = false
  var rows: Int
  var columns: Int
  /// Byte of the first number.
  var dataOffset: Int
  /// Bytes between the starts of rows (row-major) or columns (column-major).
  var stride: Int

  /// Byte of one number.
  func offset(row: Int, column: Int) -> Int {
    isColumnMajor
      ? dataOffset + column * stride + row * element.size
      : dataOffset + row * stride + column * element.size
  }

  /// Whether rows can be used in place as floats.
  var isPlainFloats: Bool {
    element == .float32 && !isBigEndian && !isColumnMajor && stride == columns * 4
  }
}
