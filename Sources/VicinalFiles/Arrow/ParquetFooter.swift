import CVicinalArrow
package import VicinalCore

/// The footer of a parquet file: rows and columns, no data. It keeps no file open.
package struct ParquetFooter: Sendable {
  let handle: ArrowHandle

  /// The file, for messages.
  package let name: String

  /// Rows of the file.
  package let rows: Int

  /// The first row of each row group, and the number of rows at the end.
  package let groupStarts: [Int]

  /// Reads a footer.
  ///
  /// - Parameters:
  ///   - location: A file.
  ///   - size: Its bytes, if known; that saves a request.
  /// - Throws: ``IndexError/Code/unsupported`` in builds without Arrow,
  ///   ``IndexError/Code/fileSystem``, ``IndexError/Code/corruptFile``.
  package init(_ location: FileLocation, size: Int? = nil) throws(IndexError) {
    let (system, path) = try location.arrowPlace()
    let name = location.name
    let handle = try ArrowHandle {
      unsafe vca_open_parquet(system.number, path, name, Int64(size ?? -1), &$0)
    }
    var (rows, groups) = (Int64(0), Int64(0))
    try callArrow { unsafe vca_parquet_rows(handle.number, &rows) }
    try callArrow { unsafe vca_parquet_groups(handle.number, &groups) }
    var starts = [0]
    for group in 0..<groups {
      var count: Int64 = 0
      try callArrow { unsafe vca_parquet_group_rows(handle.number, group, &count) }
      // Cannot overflow: the sum of all was checked when the footer was read.
      starts.append((starts.last ?? 0) + Int(count))
    }
    (self.handle, self.name, self.rows, groupStarts) = (handle, name, Int(rows), starts)
  }

  /// A value of the file's metadata, "" if there is none.
  package func value(of key: String) throws(IndexError) -> String {
    try callArrow { unsafe vca_parquet_value(handle.number, key) }
    return arrowText()
  }

  /// Columns of the file; those of a nested type count once.
  package func columnCount() throws(IndexError) -> Int {
    var count: Int64 = 0
    try callArrow { unsafe vca_parquet_columns(handle.number, &count) }
    return Int(count)
  }

  /// Numbers per vector of a column, from its type or its first row; 0 if there are no rows.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if there is no such column,
  ///   ``IndexError/Code/unsupported`` if it does not hold vectors, ``IndexError/Code/corruptFile``
  ///   if the first vector is missing or empty, ``IndexError/Code/fileSystem``.
  package func dimension(of column: String) throws(IndexError) -> Int {
    var dimension: Int64 = 0
    try callArrow { unsafe vca_vectors_dimension(handle.number, column, &dimension) }
    return Int(dimension)
  }
}

/// Vectors of a parquet file, read from front to back by one thread in bounded memory.
package final class ParquetVectorStream {
  private let handle: ArrowHandle
  private let dimension: Int

  /// Begins at a row group.
  ///
  /// - Parameters:
  ///   - footer: The file.
  ///   - column: A column of vectors.
  ///   - dimension: Numbers that each vector must have.
  ///   - group: The first row group.
  ///   - batchRows: Rows that Arrow decodes at once.
  package init(
    _ footer: ParquetFooter, column: String, dimension: Int, group: Int = 0, batchRows: Int
  ) throws(IndexError) {
    self.dimension = dimension
    handle = try ArrowHandle {
      unsafe vca_open_vectors(footer.handle.number, column, Int64(group), Int64(batchRows), &$0)
    }
  }

  /// Passes over rows.
  package func skip(_ rows: Int) throws(IndexError) {
    if rows > 0 { try callArrow { vca_skip_vectors(handle.number, Int64(rows)) } }
  }

  /// Converts the next vectors to floats.
  ///
  /// - Parameters:
  ///   - rows: At most so many.
  ///   - output: Receives them one after the other.
  ///   - position: Where in `output` the first number goes.
  /// - Returns: How many there were; 0 at the end of the file.
  /// - Throws: ``IndexError/Code/corruptFile`` for a missing vector or number,
  ///   ``IndexError/Code/dimensionMismatch``, both naming the row.
  package func next(
    _ rows: Int, into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError) -> Int {
    let needed = try checkedProduct(rows, dimension, of: "a batch of vectors")
    guard position >= 0, output.count - position >= needed else {
      throw IndexError(.invalidArgument, "\(rows) vectors do not fit behind number \(position)")
    }
    guard needed > 0 else { return 0 }
    var count: Int64 = 0
    try callArrow {
      unsafe output.withUnsafeMutableBufferPointer {
        guard let start = $0.baseAddress else { return Int32(VCA_INVALID_ARGUMENT) }
        return unsafe vca_next_vectors(
          handle.number, Int64(dimension), Int64(rows), start + position, &count)
      }
    }
    return Int(count)
  }
}
