public import VicinalCore

/// One file of vectors, opened by its extension: `.npy`, `.fvecs`, `.bvecs` or `.ivecs`.
///
/// The file is mapped, not read; its header is checked against its size when it is opened.
public struct VectorFile: Sendable {
  /// The path that was opened.
  public let path: String

  /// How numbers are stored.
  public var element: ElementType { layout.element }

  /// Vectors.
  public var count: Int { layout.rows }

  /// Numbers per vector.
  public var dimension: Int { layout.columns }

  let layout: MatrixLayout
  let isVecs: Bool
  private let file: MappedFile

  /// Extensions that can be opened.
  public static let extensions = ["npy", "fvecs", "bvecs", "ivecs"]

  /// Opens a file and checks its header.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``,
  ///   ``IndexError/Code/unsupported``, all naming the file.
  public init(path: String) throws(IndexError) {
    let name = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard Self.extensions.contains(name) else {
      throw IndexError(
        .unsupported, "\(path) is not a file of vectors; known are .npy, .fvecs, .bvecs and .ivecs")
    }
    let file = try MappedFile(path: path)
    guard file.count > 0 else {
      throw IndexError(.corruptFile, "\(path) is empty: it has 0 bytes, not even a header")
    }
    let vecs = VecsLayout.element(forExtension: name)
    let layout: MatrixLayout
    if let vecs {
      layout = try VecsLayout.parse(file.bytes, element: vecs, path: path)
    } else {
      layout = try NPYHeader.parse(file.bytes, path: path)
    }
    self.path = path
    self.file = file
    self.layout = layout
    isVecs = vecs != nil
  }

  /// Gives rows to `body` as floats: in place if the file holds plain aligned floats, otherwise
  /// converted into `buffer`, which is reused.
  ///
  /// - Parameters:
  ///   - rows: Rows within 0 ..< `count`.
  ///   - buffer: Scratch memory that the caller keeps between calls.
  public func withRows<R>(
    _ rows: Range<Int>, buffer: inout [Float],
    _ body: (borrowing VectorBatch) throws(IndexError) -> R
  ) throws(IndexError) -> R {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
    let start = layout.dataOffset + rows.lowerBound * layout.stride
    if layout.isPlainFloats, start.isMultiple(of: 4) {
      let part = file.storage(start..<start + rows.count * layout.stride)
      return try body(VectorBatch(part.floats, dimension: dimension))
    }
    buffer.removeAll(keepingCapacity: true)
    buffer.reserveCapacity(rows.count * dimension)
    for row in rows { try append(row, to: &buffer) }
    return try body(VectorBatch(buffer.span, dimension: dimension))
  }

  /// Converts one row to floats at the end of `output`.
  public func append(_ row: Int, to output: inout [Float]) throws(IndexError) {
    let bytes = file.bytes
    if isVecs { try VecsLayout.checkRow(bytes, row: row, layout: layout, path: path) }
    let (element, isBigEndian) = (layout.element, layout.isBigEndian)
    for column in 0..<dimension {
      output.append(
        bytes.number(
          layout.offset(row: row, column: column), element, isBigEndian: isBigEndian))
    }
  }

  /// One row of integers, for ids and ground truth.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the file holds floating-point numbers.
  public func integers(_ row: Int) throws(IndexError) -> [Int64] {
    switch element {
    case .float16, .float32, .float64:
      throw IndexError(.unsupported, "\(path) holds floating-point numbers, expected integers")
    default: break
    }
    let bytes = file.bytes
    if isVecs { try VecsLayout.checkRow(bytes, row: row, layout: layout, path: path) }
    return (0..<dimension).map {
      bytes.integer(
        layout.offset(row: row, column: $0), element, isBigEndian: layout.isBigEndian)
    }
  }

  /// Drops the memory of rows that have been read; see ``MappedFile/discard(_:)``.
  func discard(_ rows: Range<Int>) {
    guard !layout.isColumnMajor, !rows.isEmpty else { return }
    file.discard(
      max(0, layout.dataOffset + rows.lowerBound * layout.stride - 4)..<layout.dataOffset
        + rows.upperBound * layout.stride - (isVecs ? 4 : 0))
  }
}
