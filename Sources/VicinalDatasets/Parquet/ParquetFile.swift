import VicinalCore
import VicinalFiles

/// A parquet file with a column of vectors: lists, large lists or lists of fixed size, of float16,
/// float32, float64 or integers. It is read in pages, whatever the size of its row groups.
///
/// Rows without a vector, vectors with missing numbers and vectors of unequal length are errors.
struct ParquetFile: EmbeddingFile {
  /// What files are recognised by.
  static let fileExtension = "parquet"

  let footer: ParquetFooter
  let column: String
  let dimension: Int

  var path: String { footer.name }
  var count: Int { footer.rows }
  var storedElement: ElementType? { nil }

  /// Bytes of floats that are decoded at once. Arrow holds about ten times as much meanwhile: wider
  /// numbers, two levels for each, and room to grow.
  private static let decodedBytes = 512 << 10

  /// Reads the footer, and the first vector to find out the dimension.
  ///
  /// - Throws: As ``ParquetFooter/init(_:size:)`` and ``ParquetFooter/dimension(of:)``.
  init(_ location: FileLocation, size: Int?, column: String) throws(IndexError) {
    footer = try ParquetFooter(location, size: size)
    self.column = column
    dimension = try footer.dimension(of: column)
  }

  private func stream(from group: Int, rows: Int) throws(IndexError) -> ParquetVectorStream {
    let fitting = max(1, Self.decodedBytes / 4 / max(1, dimension))
    return try ParquetVectorStream(
      footer, column: column, dimension: dimension, group: group, batchRows: min(rows, fitting))
  }

  func forEachBatch(
    rows: Int, buffer: inout [Float],
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    let stream = try stream(from: 0, rows: rows)
    for first in stride(from: 0, to: count, by: rows) {
      let wanted = min(count - first, rows)
      let needed = try checkedProduct(wanted, dimension, of: "a batch of \(path)")
      if buffer.count < needed { buffer = [Float](repeating: 0, count: needed) }
      var output = buffer.mutableSpan
      try fill(&output, at: 0, rows: wanted, from: stream, first: first)
      try body(VectorBatch(buffer.span.extracting(0..<needed), dimension: dimension), first)
    }
  }

  func read(
    chosen rows: [Int], into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError) {
    var stream: ParquetVectorStream?
    // The row that the stream gives next, and the row group it is in.
    var (next, group) = (0, -1)
    for (number, row) in rows.enumerated() {
      let target = position + number * dimension
      if number > 0, rows[number - 1] == row {
        for index in 0..<dimension { output[target + index] = output[target - dimension + index] }
        continue
      }
      let wanted = max(0, (footer.groupStarts.firstIndex { $0 > row } ?? 1) - 1)
      // Row groups that hold nothing that was chosen are not read.
      if wanted != group || stream == nil {
        if stream == nil || wanted > group + 1 {
          stream = try self.stream(from: wanted, rows: .max)
          next = footer.groupStarts[wanted]
        }
        group = wanted
      }
      guard let stream else { continue }
      try stream.skip(row - next)
      try fill(&output, at: target, rows: 1, from: stream, first: row)
      next = row + 1
    }
  }

  /// Requires that the stream gives so many rows.
  private func fill(
    _ output: inout MutableSpan<Float>, at position: Int, rows: Int,
    from stream: ParquetVectorStream, first: Int
  ) throws(IndexError) {
    let given = try stream.next(rows, into: &output, at: position)
    guard given == rows else {
      throw IndexError(
        .corruptFile, "\(path) ends at row \(first + given), but its footer counts \(count)")
    }
  }
}
