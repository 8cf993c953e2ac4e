package import VicinalCore
import VicinalFiles

/// A file of rows that are handed over part by part; it appears under its name when it is finished.
package protocol RowWriter: AnyObject {
  /// Adds rows: their ids, and their vectors one after the other.
  func add(_ ids: [Int64], _ vectors: [Float]) throws(IndexError)

  /// Puts the file in its place.
  func finish() throws(IndexError)
}

/// What of its rows a file holds.
package enum RowContent: Sendable {
  case ids
  case vectors
  /// For parquet only.
  case idsAndVectors
}

/// Files of rows, `.npy` or parquet.
package enum RowFiles {
  /// Columns of parquet files.
  package static let idColumn = "id"
  package static let vectorColumn = "embedding"

  /// Whether a path is that of a parquet file.
  package static func isParquet(_ path: String) -> Bool { path.lowercased().hasSuffix(".parquet") }

  /// Begins a file of rows: parquet if it is named so, else `.npy`.
  ///
  /// - Parameters:
  ///   - rows: How many there will be.
  ///   - dimension: Numbers in a vector.
  /// - Throws: ``IndexError/Code/unsupported`` for parquet in builds without Arrow;
  ///   ``IndexError/Code/invalidArgument`` for parquet without a vector, or `.npy` of both.
  package static func begin(
    _ path: String, _ content: RowContent, rows: Int, dimension: Int
  ) throws(IndexError) -> any RowWriter {
    if isParquet(path) {
      try ArrowLibrary.require()
      let output = try replacingOutput(path)
      return ParquetRows(
        try ParquetVectorWriter(
          to: output, idColumn: content == .vectors ? "" : idColumn,
          vectorColumn: content == .ids ? "" : vectorColumn, dimension: dimension))
    }
    switch content {
    case .ids:
      return try NPYRows(path, NPYWriter.header("<i8", rows: rows, columns: 1), hasIDs: true)
    case .vectors:
      let columns = max(1, dimension)
      return try NPYRows(
        path, NPYWriter.header("<f4", rows: rows, columns: columns), hasIDs: false)
    case .idsAndVectors:
      throw IndexError(.invalidArgument, "\(path) cannot hold ids and vectors; name it .parquet")
    }
  }
}

/// Rows of a parquet file.
private final class ParquetRows: RowWriter {
  private let writer: ParquetVectorWriter

  init(_ writer: ParquetVectorWriter) { self.writer = writer }

  func add(_ ids: [Int64], _ vectors: [Float]) throws(IndexError) { try writer.add(ids, vectors) }
  func finish() throws(IndexError) { try writer.finish() }
}

/// Ids or vectors of a `.npy` file.
private final class NPYRows: RowWriter {
  private let file: any ReplacingOutput
  private let hasIDs: Bool

  init(_ path: String, _ header: [UInt8], hasIDs: Bool) throws(IndexError) {
    file = try replacingOutput(path)
    self.hasIDs = hasIDs
    try file.write(header.span.rawBytes)
  }

  func add(_ ids: [Int64], _ vectors: [Float]) throws(IndexError) {
    if hasIDs {
      let numbers = ids.map(\.littleEndian)
      try file.write(numbers.span.rawBytes)
    } else {
      let numbers = vectors.map(\.bitPattern.littleEndian)
      try file.write(numbers.span.rawBytes)
    }
  }

  func finish() throws(IndexError) { try file.commit() }
}
