import CVicinalArrow
package import VicinalCore

/// Columns of a parquet file, whatever their types, read from front to back by one thread.
package final class ParquetColumnStream {
  let handle: ArrowHandle

  /// Begins at the first row.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if a column is missing.
  package init(
    _ footer: ParquetFooter, columns: [String], batchRows: Int
  ) throws(IndexError) {
    // Each name with a zero byte behind it.
    let names = columns.flatMap { $0.utf8CString }
    handle = try ArrowHandle {
      unsafe vca_open_columns(
        footer.handle.number, names, Int64(columns.count), Int64(batchRows), &$0)
    }
  }

  /// Requires the types of the same columns in another file.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` naming this file, the column and both types.
  package func requireTypes(of earlier: ParquetColumnStream) throws(IndexError) {
    try callArrow { vca_require_same_types(handle.number, earlier.handle.number) }
  }
}

/// Writes one parquet file that says which row has which number: some columns, then `i` (int64).
package final class ParquetMappingWriter {
  private let handle: ArrowHandle
  private let output: any ReplacingOutput

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - output: Receives its bytes.
  ///   - mark: A key and a value for its metadata.
  package init(
    to output: any ReplacingOutput, mark: (key: String, value: String)
  ) throws(IndexError) {
    self.output = output
    handle = try ArrowHandle { unsafe vca_open_mapping(mark.key, mark.value, &$0) }
  }

  /// Adds the next rows of a stream.
  ///
  /// - Parameters:
  ///   - stream: The same columns, with the same types, at each call.
  ///   - first: The number of the first of them.
  ///   - rows: At most so many.
  /// - Returns: How many there were; 0 at the end of the stream.
  /// - Throws: ``IndexError/Code/invalidArgument`` if types differ from those before.
  package func add(
    _ stream: ParquetColumnStream, first: Int, rows: Int
  ) throws(IndexError) -> Int {
    var count: Int64 = 0
    try callArrow {
      unsafe vca_map_columns(
        handle.number, stream.handle.number, Int64(first), Int64(rows), &count)
    }
    try passOn()
    return Int(count)
  }

  /// Adds rows that have a number only.
  package func add(first: Int, rows: Int) throws(IndexError) {
    try callArrow { vca_map_numbers(handle.number, Int64(first), Int64(rows)) }
    try passOn()
  }

  /// Ends the file and puts it in its place.
  package func finish() throws(IndexError) {
    try callArrow { vca_finish_mapping(handle.number) }
    try passOn()
    try output.commit()
  }

  private func passOn() throws(IndexError) { try output.takePending(handle) }
}
