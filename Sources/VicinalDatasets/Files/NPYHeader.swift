import VicinalCore

/// The header of a NumPy `.npy` file, formats 1.0, 2.0 and 3.0.
enum NPYHeader {
  private static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]  // \x93NUMPY

  /// Reads the header and checks its shape against the size of the file.
  ///
  /// - Throws: ``IndexError/Code/corruptFile`` or ``IndexError/Code/unsupported``, naming `path`.
  static func parse(_ bytes: RawSpan, path: String) throws(IndexError) -> MatrixLayout {
    guard bytes.byteCount >= 10 else {
      throw corrupt(path, "is only \(bytes.byteCount) bytes long, too short for a NumPy header")
    }
    for (index, expected) in magic.enumerated() where bytes.byte(index) != expected {
      throw corrupt(path, "does not begin with NumPy's magic bytes; is it really a .npy file?")
    }
    let (text, dataOffset) = try headerText(bytes, path: path)
    var parser = LiteralParser(text)
    guard let fields = parser.dictionary() else {
      throw corrupt(path, "has a header that is not a Python dictionary: \(text.prefix(120))")
    }
    guard case .string(let descr)? = fields["descr"],
      case .bool(let isColumnMajor)? = fields["fortran_order"],
      case .tuple(let shape)? = fields["shape"]
    else {
      throw corrupt(
        path, "has a header without descr, fortran_order and shape: \(text.prefix(120))")
    }
    guard let (element, isBigEndian) = elementType(descr) else {
      throw IndexError(
        .unsupported,
        "\(path) holds elements of type '\(descr)'; vectors can be f2, f4, f8 or integers of up to"
          + " 8 bytes. Convert the array, for example with astype('float32')")
    }
    guard shape.count == 2 else {
      throw IndexError(
        .unsupported,
        "\(path) has \(shape.count) axes \(shape), expected 2: one row per vector")
    }
    return try layout(
      element, isBigEndian, isColumnMajor, shape[0], shape[1], dataOffset, bytes.byteCount, path)
  }

  private static func layout(
    _ element: ElementType, _ isBigEndian: Bool, _ isColumnMajor: Bool, _ rows: Int,
    _ columns: Int, _ dataOffset: Int, _ fileBytes: Int, _ path: String
  ) throws(IndexError) -> MatrixLayout {
    let cells = rows.multipliedReportingOverflow(by: columns)
    let data = cells.partialValue.multipliedReportingOverflow(by: element.size)
    let present = fileBytes - dataOffset
    guard rows >= 0, columns >= 0, !cells.overflow, !data.overflow, data.partialValue == present
    else {
      let promised =
        cells.overflow || data.overflow
        ? "more than memory can address"
        : "\(data.partialValue) bytes"
      throw corrupt(
        path,
        "promises \(rows) × \(columns) elements of \(element.size) bytes (\(promised)) but holds"
          + " \(present) bytes of data; it is cut off or its header is wrong")
    }
    return MatrixLayout(
      element: element, isBigEndian: isBigEndian, isColumnMajor: isColumnMajor, rows: rows,
      columns: columns, dataOffset: dataOffset,
      stride: (isColumnMajor ? rows : columns) * element.size)
  }

  private static func headerText(
    _ bytes: RawSpan, path: String
  ) throws(IndexError) -> (String, Int) {
    let version = bytes.byte(6)
    guard (1...3).contains(version) else {
      throw IndexError(
        .unsupported, "\(path) has .npy format version \(version); versions 1 to 3 are known")
    }
    let start = version == 1 ? 10 : 12
    guard bytes.byteCount >= start else { throw corrupt(path, "is cut off inside its header") }
    let length =
      version == 1
      ? Int(bytes.word(8, as: UInt16.self, isBigEndian: false))
      : Int(bytes.word(8, as: UInt32.self, isBigEndian: false))
    guard length <= bytes.byteCount - start else {
      throw corrupt(
        path, "promises a header of \(length) bytes but has \(bytes.byteCount - start)")
    }
    // NumPy itself refuses headers beyond 10,000 characters.
    guard length <= 65_536 else { throw corrupt(path, "has a header of \(length) bytes") }
    let characters = (start..<start + length).map { bytes.byte($0) }
    return (String(decoding: characters, as: UTF8.self), start + length)
  }

  private static func elementType(_ descr: String) -> (ElementType, Bool)? {
    var rest = descr[...]
    var isBigEndian = false
    if let order = rest.first, "<>=|".contains(order) {
      isBigEndian = order == ">"
      rest = rest.dropFirst()
    }
    let element: ElementType? =
      switch rest {
      case "f2": .float16
      case "f4": .float32
      case "f8": .float64
      case "i1": .int(bytes: 1)
      case "i2": .int(bytes: 2)
      case "i4": .int(bytes: 4)
      case "i8": .int(bytes: 8)
      case "u1", "b1": .uint(bytes: 1)
      case "u2": .uint(bytes: 2)
      case "u4": .uint(bytes: 4)
      case "u8": .uint(bytes: 8)
      default: nil
      }
    return element.map { ($0, isBigEndian) }
  }

  private static func corrupt(_ path: String, _ what: String) -> IndexError {
    IndexError(.corruptFile, "\(path) \(what)")
  }
}
