import VicinalCore

/// The header of a NumPy `.npy` file, formats 1.0, 2.0 and 3.0.
///
/// NumPy itself ignores bytes behind the data. Here they are an error: they mean that the header
/// counts fewer vectors than were written, and vectors would be left out without a word.
enum NPYHeader {
  private static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]  // \x93NUMPY

  /// NumPy refuses headers beyond 10,000 characters unless told otherwise.
  private static let longestHeader = 65_536

  /// Bytes at the beginning of a file that hold every header that is accepted.
  static let mostBytes = 12 + longestHeader

  /// Reads the header and checks its shape against the size of the file.
  ///
  /// - Parameters:
  ///   - bytes: The file, or at least ``mostBytes`` of it.
  ///   - fileSize: Bytes of the whole file, if `bytes` may be a part.
  ///   - path: The file, for messages.
  /// - Returns: The layout of a matrix, or of a list of numbers as one column (`axes` is then 1).
  /// - Throws: ``IndexError/Code/corruptFile`` or ``IndexError/Code/unsupported``, naming `path`.
  static func parse(
    _ bytes: RawSpan, fileSize: Int? = nil, path: String
  ) throws(IndexError) -> MatrixLayout {
    let fileSize = fileSize ?? bytes.byteCount
    let (text, dataOffset) = try headerText(bytes, fileSize, path: path)
    var parser = LiteralParser(text)
    guard let fields = parser.dictionary() else {
      throw corrupt(path, "has a header that is not a Python dictionary: \(printable(text))")
    }
    guard fields.count == 3, let descr = fields["descr"],
      case .bool(let isColumnMajor)? = fields["fortran_order"],
      case .tuple(let shape)? = fields["shape"]
    else {
      throw corrupt(
        path,
        "has a header with something else than descr, fortran_order and shape: \(printable(text))")
    }
    let (element, isBigEndian) = try elementType(descr, path: path)
    guard shape.count == 1 || shape.count == 2 else {
      throw IndexError(
        .unsupported, "\(path) has \(shape.count) axes \(shape), expected 2: one row per vector")
    }
    let columns = shape.count == 2 ? shape[1] : 1
    var layout = try sized(element, shape[0], columns, fileSize - dataOffset, path)
    layout.isBigEndian = isBigEndian
    // One column lies the same way in both orders.
    layout.isColumnMajor = isColumnMajor && columns > 1
    layout.axes = shape.count
    layout.dataOffset = dataOffset
    layout.stride = (layout.isColumnMajor ? layout.rows : layout.columns) * element.size
    return layout
  }

  /// Refuses shapes that do not fill exactly `present` bytes, without overflow.
  private static func sized(
    _ element: ElementType, _ rows: Int, _ columns: Int, _ present: Int, _ path: String
  ) throws(IndexError) -> MatrixLayout {
    guard rows >= 0, columns >= 0 else {
      throw corrupt(path, "has the negative shape (\(rows), \(columns))")
    }
    guard rows == 0 || columns > 0 else {
      throw corrupt(path, "promises \(rows) rows of 0 numbers")
    }
    let row = columns.multipliedReportingOverflow(by: element.size)
    let data = row.partialValue.multipliedReportingOverflow(by: rows)
    guard !row.overflow, !data.overflow, data.partialValue == present else {
      let isTooLarge = row.overflow || data.overflow
      let promised = isTooLarge ? "more bytes than can be counted" : "\(data.partialValue) bytes"
      let fault =
        isTooLarge || data.partialValue > present
        ? "it is cut off or its header is wrong" : "its header is wrong or something was appended"
      throw corrupt(
        path,
        "promises \(rows) × \(columns) elements of \(element.size) bytes (\(promised)) but holds"
          + " \(present) bytes of data; \(fault)")
    }
    return MatrixLayout(element: element, rows: rows, columns: columns, dataOffset: 0, stride: 0)
  }

  private static func headerText(
    _ bytes: RawSpan, _ fileSize: Int, path: String
  ) throws(IndexError) -> ([UInt8], Int) {
    for (index, expected) in magic.prefix(bytes.byteCount).enumerated()
    where bytes.byte(index) != expected {
      throw corrupt(path, "does not begin with NumPy's magic bytes; is it really a .npy file?")
    }
    guard bytes.byteCount >= 10 else {
      throw corrupt(path, "is only \(bytes.byteCount) bytes long, too short for a NumPy header")
    }
    let (major, minor) = (bytes.byte(6), bytes.byte(7))
    guard (1...3).contains(major), minor == 0 else {
      throw IndexError(
        .unsupported, "\(path) has .npy format version \(major).\(minor), expected 1.0, 2.0 or 3.0")
    }
    let start = major == 1 ? 10 : 12
    guard bytes.byteCount >= start else { throw corrupt(path, "is cut off inside its header") }
    let length =
      major == 1 ? Int(bytes.word(8, as: UInt16.self)) : Int(bytes.word(8, as: UInt32.self))
    guard length <= fileSize - start else {
      throw corrupt(
        path, "promises a header of \(length) bytes but has \(fileSize - start) bytes left")
    }
    guard length <= longestHeader else {
      throw corrupt(path, "has a header of \(length) bytes, expected at most \(longestHeader)")
    }
    return ((start..<start + length).map { bytes.byte($0) }, start + length)
  }

  private static func elementType(
    _ descr: LiteralParser.Value, path: String
  ) throws(IndexError) -> (ElementType, Bool) {
    guard case .string(let name) = descr else {
      throw IndexError(
        .unsupported, "\(path) holds records of several fields, expected plain numbers")
    }
    var kind = name[...]
    var isBigEndian = false
    if let order = kind.first, "<>=|".contains(order) {
      isBigEndian = order == ">"
      kind = kind.dropFirst()
    }
    // Truth values are bytes of 0 and 1.
    guard let element = kind == "b1" ? .uint(bytes: 1) : ElementType(name: kind) else {
      throw IndexError(
        .unsupported,
        "\(path) holds elements of type '\(printable(Array(name.utf8)))', expected f2, f4, f8 or"
          + " integers of up to 8 bytes. Convert the array, for example with astype('float32')")
    }
    return (element, isBigEndian)
  }

  /// The beginning of a text from a file, fit for a terminal.
  private static func printable(_ text: [UInt8]) -> String {
    let shown = text.prefix(120).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: shown, as: UTF8.self)
  }

  private static func corrupt(_ path: String, _ what: String) -> IndexError {
    IndexError(.corruptFile, "\(path) \(what)")
  }
}
