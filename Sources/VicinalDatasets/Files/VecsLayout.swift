import VicinalCore

/// `.fvecs`, `.bvecs` and `.ivecs`: each row is a 32-bit dimension, then that many values.
enum VecsLayout {
  /// A dimension beyond this is taken for damage, not for data.
  private static let largestDimension = 1 << 20

  /// The element type that belongs to a file extension.
  static func element(forExtension name: String) -> ElementType? {
    switch name {
    case "fvecs": .float32
    case "bvecs": .uint(bytes: 1)
    case "ivecs": .int(bytes: 4)
    default: nil
    }
  }

  /// Reads the first dimension and checks that rows of it fill the file.
  ///
  /// - Parameters:
  ///   - bytes: The file, or at least 4 bytes of it.
  ///   - fileSize: Bytes of the whole file, if `bytes` may be a part.
  ///   - element: How numbers are stored.
  ///   - path: The file, for messages.
  static func parse(
    _ bytes: RawSpan, fileSize: Int? = nil, element: ElementType, path: String
  ) throws(IndexError) -> MatrixLayout {
    let fileSize = fileSize ?? bytes.byteCount
    guard bytes.byteCount >= 4 else {
      throw IndexError(
        .corruptFile, "\(path) is only \(bytes.byteCount) bytes long, too short for one vector")
    }
    let columns = Int(bytes.word(0, as: Int32.self))
    guard (1...largestDimension).contains(columns) else {
      throw IndexError(
        .corruptFile, "\(path) begins with the dimension \(columns), expected 1…\(largestDimension)"
      )
    }
    let stride = 4 + columns * element.size
    guard fileSize.isMultiple(of: stride) else {
      throw IndexError(
        .corruptFile,
        "\(path) has \(fileSize) bytes, which is not a whole number of vectors of"
          + " \(stride) bytes (dimension \(columns)); it is cut off or mixes dimensions")
    }
    return MatrixLayout(
      element: element, rows: fileSize / stride, columns: columns, dataOffset: 4,
      stride: stride)
  }

  /// Every row states the dimension again; a different one means a damaged file.
  static func checkRow(
    _ bytes: RawSpan, row: Int, layout: MatrixLayout, path: String
  ) throws(IndexError) {
    let stated = bytes.word(row * layout.stride, as: Int32.self)
    guard Int(stated) == layout.columns else {
      throw IndexError(
        .corruptFile,
        "\(path) states the dimension \(stated) in row \(row), but \(layout.columns) before")
    }
  }
}
