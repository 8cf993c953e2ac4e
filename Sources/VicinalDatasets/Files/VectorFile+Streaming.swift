public import VicinalCore

/// Reading with bounded memory: pages of the file are given back while reading on.
extension VectorFile {
  /// Bytes of floats that are converted at once from a column-major file.
  private static let blockBytes = 16 << 20

  /// Gives all rows to `body`, in order, in batches of at most `rows`.
  ///
  /// - Parameters:
  ///   - rows: At least 1.
  ///   - buffer: As in ``withRows(_:buffer:_:)``.
  ///   - body: Receives each batch and the number of its first row.
  /// - Throws: As ``read(_:into:at:)``, and what `body` throws.
  public func forEachBatch(
    rows: Int, buffer: inout [Float],
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    var budget = PageBudget()
    let step = blockRows(atLeast: rows)
    for start in stride(from: 0, to: count, by: step) {
      let block = start..<start + min(count - start, step)
      try withRows(block, buffer: &buffer, &budget) { batch throws(IndexError) in
        for first in stride(from: 0, to: batch.count, by: rows) {
          let part = first..<first + min(batch.count - first, rows)
          try body(batch.rows(part), start + first)
        }
      }
    }
    discardPages()
  }

  /// Every number of a row of a column-major file lies on a page of its own, so small batches are
  /// cut from a larger block instead of fetching all these pages for each of them.
  private func blockRows(atLeast rows: Int) -> Int {
    guard layout.isColumnMajor else { return rows }
    let fitting = Self.blockBytes / (4 * dimension)
    return rows >= fitting ? rows : fitting / rows * rows
  }

  /// Gives rows to `body`, in place or from `buffer`.
  ///
  /// - Parameters:
  ///   - rows: Within 0 ..< `count`.
  ///   - buffer: Grows to the size of the largest batch.
  ///   - budget: Counts what is touched.
  ///   - body: Receives the rows.
  /// - Returns: What `body` returns.
  /// - Throws: As ``read(_:into:at:)``, and what `body` throws.
  func withRows<R>(
    _ rows: Range<Int>, buffer: inout [Float], _ budget: inout PageBudget,
    _ body: (borrowing VectorBatch) throws(IndexError) -> R
  ) throws(IndexError) -> R {
    let start = layout.dataOffset + rows.lowerBound * layout.rowStride
    if layout.isPlainFloats, start.isMultiple(of: 4) {
      let bytes = start..<start + rows.count * layout.rowStride
      // Pages that are given back here stay usable; they come back when touched.
      if budget.isSpent(touching: bytes) { discardPages() }
      let part = file.storage(bytes)
      return try body(VectorBatch(part.floats, dimension: dimension))
    }
    let needed = try checkedProduct(rows.count, dimension, of: "a batch of \(path)")
    if buffer.count < needed { buffer = [Float](repeating: 0, count: needed) }
    var output = buffer.mutableSpan
    try read(chosen: rows, into: &output, at: 0, &budget)
    return try body(VectorBatch(buffer.span.extracting(0..<needed), dimension: dimension))
  }

  /// Converts chosen rows to floats; only they are read.
  public func read(
    chosen rows: [Int], into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError) {
    var budget = PageBudget()
    try read(chosen: rows, into: &output, at: position, &budget)
    discardPages()
  }

  /// Converts rows to floats, one after the other from `position` on.
  ///
  /// - Parameters:
  ///   - rows: Ascending, within 0 ..< `count`.
  ///   - output: Has room for them.
  ///   - position: Where in `output` the first number goes.
  ///   - budget: Counts what is touched.
  /// - Throws: ``IndexError/Code/corruptFile`` if a row states another dimension than the first.
  func read(
    chosen rows: some RandomAccessCollection<Int>, into output: inout MutableSpan<Float>,
    at position: Int, _ budget: inout PageBudget
  ) throws(IndexError) {
    guard layout.isColumnMajor else {
      return try read(
        chosen: rows, columns: 0..<dimension, into: &output, at: position, &budget)
    }
    // Each column is walked through once, from front to back.
    for column in 0..<dimension {
      try read(
        chosen: rows, columns: column..<column + 1, into: &output, at: position, &budget)
    }
  }

  /// Reads numbers that lie side by side in each row, giving pages back as soon as too many have
  /// been touched.
  private func read<Rows: RandomAccessCollection<Int>>(
    chosen rows: Rows, columns: Range<Int>, into output: inout MutableSpan<Float>,
    at position: Int, _ budget: inout PageBudget
  ) throws(IndexError) {
    let (bytes, width) = (file.bytes, columns.count * element.size)
    let column = layout.dataOffset + columns.lowerBound * layout.columnStride
    var (position, pending) = (position, rows.startIndex)
    for index in rows.indices {
      let start = column + rows[index] * layout.rowStride
      try checkStatedDimension(rows[index])
      guard budget.isSpent(touching: start..<start + width) else { continue }
      let next = rows.index(after: index)
      let part = rows[pending..<next]
      layout.read(part, columns: columns, of: bytes, into: &output, at: position)
      discardPages()
      position += part.count * dimension
      pending = next
    }
    layout.read(rows[pending...], columns: columns, of: bytes, into: &output, at: position)
  }

  /// Gives back the memory of everything that was read; see ``MappedFile/discard(_:)``.
  func discardPages() { file.discard(0..<file.count) }
}
