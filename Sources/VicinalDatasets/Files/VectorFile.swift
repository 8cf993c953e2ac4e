public import VicinalCore

/// One file of vectors, opened by its extension: `.npy`, `.fvecs`, `.bvecs` or `.ivecs`.
///
/// The file is mapped, not read; its header is checked against its size when it is opened.
///
/// ```swift
/// let file = try VectorFile(path: "embeddings.npy")
/// var buffer: [Float] = []
/// try file.withRows(0..<10, buffer: &buffer) { batch throws(IndexError) in print(batch.count) }
/// ```
public struct VectorFile: EmbeddingFile {
  /// The path that was opened.
  public let path: String

  /// How numbers are stored.
  public var element: ElementType { layout.element }

  /// The same as ``element``.
  public var storedElement: ElementType? { layout.element }

  /// Vectors.
  public var count: Int { layout.rows }

  /// Numbers per vector; 0 only if there are no vectors.
  public var dimension: Int { layout.columns }

  let layout: MatrixLayout
  private let isVecs: Bool
  let file: MappedFile

  /// Extensions that can be opened, in lower case; upper case is accepted.
  public static let extensions = ["npy", "fvecs", "bvecs", "ivecs"]

  /// Opens a file of vectors and checks its header.
  ///
  /// - Throws: ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``,
  ///   ``IndexError/Code/unsupported``, all naming the file.
  public init(path: String) throws(IndexError) {
    try self.init(opening: path)
    guard layout.axes == 2 else {
      throw IndexError(
        .unsupported,
        "\(path) has 1 axis of \(layout.rows) numbers, expected 2: one row per vector."
          + " Make a single vector a row with reshape(1, -1)")
    }
  }

  /// Opens a file that may also hold a plain list of numbers.
  init(opening path: String) throws(IndexError) {
    let suffix = Self.fileExtension(of: path)
    guard Self.extensions.contains(suffix) else {
      throw IndexError(
        .unsupported, "\(path) is not a file of vectors; known are .npy, .fvecs, .bvecs and .ivecs")
    }
    let file = try MappedFile(path: path)
    guard file.count > 0 else {
      throw IndexError(.corruptFile, "\(path) is empty: it has 0 bytes, not even a header")
    }
    let vecs = VecsLayout.element(forExtension: suffix)
    if let vecs {
      layout = try VecsLayout.parse(file.bytes, element: vecs, path: path)
    } else {
      layout = try NPYHeader.parse(file.bytes, path: path)
    }
    self.path = path
    self.file = file
    isVecs = vecs != nil
  }

  /// What stands behind the last dot of the last part of a path, in lower case; "" without a dot.
  static func fileExtension(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// Gives rows to `body` as floats: in place if the file holds plain aligned floats, otherwise
  /// converted into `buffer`, which is reused.
  ///
  /// - Parameters:
  ///   - rows: Rows within 0 ..< `count`.
  ///   - buffer: Scratch memory that the caller keeps between calls; it grows to the size of the
  ///     largest batch.
  ///   - body: Receives the rows.
  /// - Returns: What `body` returns.
  /// - Throws: As ``read(_:into:at:)``, and what `body` throws.
  public func withRows<R>(
    _ rows: Range<Int>, buffer: inout [Float],
    _ body: (borrowing VectorBatch) throws(IndexError) -> R
  ) throws(IndexError) -> R {
    try check(rows)
    var budget = PageBudget()
    return try withRows(rows, buffer: &buffer, &budget, body)
  }

  /// Converts rows to floats.
  ///
  /// - Parameters:
  ///   - rows: Rows within 0 ..< `count`.
  ///   - output: Receives the rows one after the other.
  ///   - position: Where in `output` the first number goes.
  /// - Throws: ``IndexError/Code/corruptFile`` if a row of a `.fvecs`, `.bvecs` or `.ivecs` file
  ///   states another dimension than the first; ``IndexError/Code/invalidArgument`` if there are
  ///   no such rows or they do not fit into `output`.
  public func read(
    _ rows: Range<Int>, into output: inout MutableSpan<Float>, at position: Int = 0
  ) throws(IndexError) {
    try check(rows)
    let needed = try checkedProduct(rows.count, dimension, of: "rows of \(path)")
    guard position >= 0, output.count - position >= needed else {
      throw IndexError(
        .invalidArgument,
        "\(rows.count) rows of \(dimension) floats do not fit behind position \(position) of"
          + " \(output.count) floats")
    }
    var budget = PageBudget()
    try read(chosen: rows, into: &output, at: position, &budget)
  }

  /// Converts one row to floats at the end of `output`.
  ///
  /// - Throws: As ``read(_:into:at:)``.
  public func append(_ row: Int, to output: inout [Float]) throws(IndexError) {
    guard row >= 0, row < count else {
      throw IndexError(.invalidArgument, "row \(row) was asked of \(path), which has \(count)")
    }
    var values = [Float](repeating: 0, count: dimension)
    var span = values.mutableSpan
    try read(row..<row + 1, into: &span)
    output += values
  }

  /// One row of integers, for ids and ground truth.
  ///
  /// - Parameter row: Within 0 ..< `count`.
  /// - Returns: `dimension` integers.
  /// - Throws: ``IndexError/Code/unsupported`` if the file holds floating-point numbers or an
  ///   integer above `Int64.max`; otherwise as ``read(_:into:at:)``.
  public func integers(_ row: Int) throws(IndexError) -> [Int64] {
    guard element.isInteger else {
      throw IndexError(
        .unsupported, "\(path) holds elements of type \(element.name), expected integers")
    }
    guard row >= 0, row < count else {
      throw IndexError(.invalidArgument, "row \(row) was asked of \(path), which has \(count)")
    }
    try checkStatedDimension(row)
    let bytes = file.bytes
    var values: [Int64] = []
    values.reserveCapacity(dimension)
    for column in 0..<dimension {
      guard let value = layout.integer(row: row, column: column, of: bytes) else {
        throw IndexError(
          .unsupported, "row \(row) of \(path) holds an integer above \(Int64.max)")
      }
      values.append(value)
    }
    return values
  }

  private func check(_ rows: Range<Int>) throws(IndexError) {
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      throw IndexError(.invalidArgument, "rows \(rows) were asked of \(path), which has \(count)")
    }
  }

  /// Rows of `.fvecs`, `.bvecs` and `.ivecs` files say their dimension, each of them.
  func checkStatedDimension(_ row: Int) throws(IndexError) {
    if isVecs { try VecsLayout.checkRow(file.bytes, row: row, layout: layout, path: path) }
  }
}

extension VectorFile {
  /// The numbers of all rows where the file has them, for indexes that view vectors instead of holding
  /// them; the mapping lives as long as what is returned.
  ///
  /// - Parameter element: What the file must hold: `float32` or `float16`.
  /// - Throws: ``IndexError/Code/unsupported`` unless the rows lie one after the other in the machine's
  ///   byte order, as NumPy writes them by default.
  public func storedRows(as element: ElementType) throws(IndexError) -> ByteStorage {
    guard layout.element == element, !layout.isBigEndian, !layout.isColumnMajor,
      layout.stride == layout.rowBytes
    else {
      throw IndexError(
        .unsupported,
        "the vectors of \(path) cannot be used where they are: that takes rows of \(element.name), one"
          + " after the other, little-endian; write them so with numpy.save")
    }
    let size = try checkedProduct(count, layout.rowBytes, of: "the rows of \(path)")
    return file.storage(layout.dataOffset..<layout.dataOffset + size)
  }
}
