package import VicinalCore
package import VicinalFiles

/// A `.npy`, `.fvecs`, `.bvecs` or `.ivecs` file that is read in ranges, as files on servers must
/// be: what is not asked for is not fetched.
package struct RemoteVectorFile: EmbeddingFile {
  let location: FileLocation
  let size: Int
  let layout: MatrixLayout
  /// Each row begins with its dimension.
  let isVecs: Bool

  package var path: String { location.name }
  package var count: Int { layout.rows }
  package var storedElement: ElementType? { layout.element }
  package var dimension: Int { layout.columns }

  /// Bytes of the file that are held at once.
  private static let blockBytes = 32 << 20

  /// Chosen rows this far apart are fetched together with what lies between them: less than a
  /// request costs in time (about 20 ms, at 100 MB/s 2 MB).
  private static let gapBytes = 1 << 20

  /// Fetches and checks the header.
  ///
  /// - Throws: As ``VectorFile/init(path:)``.
  package init(_ location: FileLocation, size: Int?) throws(IndexError) {
    let path = location.name
    let file = try RandomAccessFile(location, size: size)
    guard file.size > 0 else {
      throw IndexError(.corruptFile, "\(path) is empty: it has 0 bytes, not even a header")
    }
    let vecs = VecsLayout.element(forExtension: VectorFile.fileExtension(of: path))
    var start = [UInt8](repeating: 0, count: min(file.size, vecs == nil ? NPYHeader.mostBytes : 4))
    try file.read([0..<start.count], into: &start)
    let bytes = start.span.rawBytes
    if let vecs {
      layout = try VecsLayout.parse(bytes, fileSize: file.size, element: vecs, path: path)
    } else {
      layout = try NPYHeader.parse(bytes, fileSize: file.size, path: path)
    }
    guard layout.axes == 2 else {
      throw IndexError(
        .unsupported,
        "\(path) has 1 axis of \(layout.rows) numbers, expected 2: one row per vector."
          + " Make a single vector a row with reshape(1, -1)")
    }
    self.location = location
    self.size = file.size
    isVecs = vecs != nil
  }

  package func forEachBatch(
    rows: Int, buffer: inout [Float],
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    let file = try RandomAccessFile(location, size: size)
    var bytes: [UInt8] = []
    for first in stride(from: 0, to: count, by: rows) {
      let batch = first..<first + min(count - first, rows)
      let needed = try checkedProduct(batch.count, dimension, of: "a batch of \(path)")
      if buffer.count < needed { buffer = [Float](repeating: 0, count: needed) }
      for start in stride(from: first, to: batch.upperBound, by: blockRows) {
        let block = start..<min(start + blockRows, batch.upperBound)
        try fetch(block, of: file, into: &bytes)
        var output = buffer.mutableSpan
        try convert(
          block, of: block, bytes.span.rawBytes, into: &output, at: (start - first) * dimension)
      }
      try body(VectorBatch(buffer.span.extracting(0..<needed), dimension: dimension), first)
    }
  }

  package func read(
    chosen rows: [Int], into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError) {
    let file = try RandomAccessFile(location, size: size)
    var bytes: [UInt8] = []
    var next = 0
    while next < rows.count {
      if layout.isColumnMajor {
        // Numbers of a row lie far apart, so whole blocks are fetched.
        let block = rows[next]..<min(count, rows[next] + blockRows)
        let end = rows[next...].firstIndex { $0 >= block.upperBound } ?? rows.count
        try fetch(block, of: file, into: &bytes)
        try convert(
          rows[next..<end], of: block, bytes.span.rawBytes, into: &output,
          at: position + next * dimension)
        next = end
      } else {
        next = try readStretches(
          rows, from: next, of: file, &bytes, into: &output, at: position)
      }
    }
  }

  /// Fetches as many stretches of rows as fit a block, all at the same time.
  ///
  /// - Returns: The first of `rows` that was not converted.
  private func readStretches(
    _ rows: [Int], from first: Int, of file: RandomAccessFile, _ bytes: inout [UInt8],
    into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError) -> Int {
    var stretches = [rows[first]..<rows[first] + 1]
    var (end, total) = (first + 1, 1)
    while end < rows.count {
      let last = stretches[stretches.count - 1]
      let isNear = (rows[end] - last.upperBound) * layout.stride <= Self.gapBytes
      total += isNear ? max(0, rows[end] + 1 - last.upperBound) : 1
      guard total <= blockRows else { break }
      if isNear {
        stretches[stretches.count - 1] = last.lowerBound..<max(last.upperBound, rows[end] + 1)
      } else {
        stretches.append(rows[end]..<rows[end] + 1)
      }
      end += 1
    }
    let ranges = stretches.map { byteRange($0) }
    let needed = ranges.reduce(0) { $0 + $1.count }
    if bytes.count < needed { bytes = [UInt8](repeating: 0, count: needed) }
    try file.read(ranges, into: &bytes)
    var (next, offset) = (first, 0)
    for (stretch, range) in zip(stretches, ranges) {
      let last = rows[next..<end].firstIndex { $0 >= stretch.upperBound } ?? end
      let part = bytes.span.rawBytes.extracting(offset..<offset + range.count)
      try convert(
        rows[next..<last], of: stretch, part, into: &output, at: position + next * dimension)
      (next, offset) = (last, offset + range.count)
    }
    return end
  }

  /// Rows that are held at once.
  private var blockRows: Int { max(1, Self.blockBytes / max(1, rowBytes)) }

  /// Bytes that a row takes in the file, with its dimension if it states one.
  private var rowBytes: Int { layout.rowBytes + prefixBytes }

  private var prefixBytes: Int { isVecs ? 4 : 0 }

  /// Where rows of a row-major file lie.
  private func byteRange(_ rows: Range<Int>) -> Range<Int> {
    let start = layout.dataOffset - prefixBytes + rows.lowerBound * layout.stride
    return start..<start + rows.count * layout.stride
  }

  /// Fetches rows that follow each other.
  private func fetch(
    _ rows: Range<Int>, of file: RandomAccessFile, into bytes: inout [UInt8]
  ) throws(IndexError) {
    let needed = rows.count * rowBytes
    if bytes.count < needed { bytes = [UInt8](repeating: 0, count: needed) }
    guard layout.isColumnMajor else { return try file.read([byteRange(rows)], into: &bytes) }
    let columns = (0..<dimension).map { column in
      let start = layout.dataOffset + column * layout.stride + rows.lowerBound * layout.element.size
      return start..<start + rows.count * layout.element.size
    }
    try file.read(columns, into: &bytes)
  }

  /// Converts rows of a block that was fetched.
  private func convert(
    _ rows: some RandomAccessCollection<Int>, of block: Range<Int>, _ bytes: RawSpan,
    into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError) {
    var part = layout
    part.dataOffset = prefixBytes
    if layout.isColumnMajor { part.stride = block.count * layout.element.size }
    if isVecs {
      for row in rows {
        let stated = bytes.word((row - block.lowerBound) * layout.stride, as: Int32.self)
        guard Int(stated) == dimension else {
          throw IndexError(
            .corruptFile,
            "\(path) states the dimension \(stated) in row \(row), but \(dimension) before")
        }
      }
    }
    part.read(
      rows.lazy.map { $0 - block.lowerBound }, columns: 0..<dimension, of: bytes, into: &output,
      at: position)
  }
}
