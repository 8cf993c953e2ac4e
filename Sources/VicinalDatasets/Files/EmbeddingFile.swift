public import VicinalCore

/// One file of vectors: mapped (``VectorFile``), on a server, or parquet.
public protocol EmbeddingFile: Sendable {
  /// The path or URI, without credentials.
  var path: String { get }

  /// Vectors.
  var count: Int { get }

  /// Numbers per vector; 0 only if there are no vectors.
  var dimension: Int { get }

  /// How numbers are stored; `nil` where a file does not say it of all of them at once.
  var storedElement: ElementType? { get }

  /// Gives all vectors to `body`, in order, in batches of at most `rows`.
  ///
  /// - Parameters:
  ///   - rows: At least 1.
  ///   - buffer: Scratch memory that the caller keeps between calls.
  ///   - body: Receives each batch and the number of its first row.
  /// - Throws: ``IndexError/Code/fileSystem``; ``IndexError/Code/corruptFile`` and
  ///   ``IndexError/Code/dimensionMismatch`` naming the row; what `body` throws.
  func forEachBatch(
    rows: Int, buffer: inout [Float],
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError)

  /// Converts chosen rows to floats, one after the other.
  ///
  /// - Parameters:
  ///   - rows: Ascending, within 0 ..< `count`; a row may repeat.
  ///   - output: Has room for them.
  ///   - position: Where in `output` the first number goes.
  /// - Throws: As ``forEachBatch(rows:buffer:_:)``.
  func read(
    chosen rows: [Int], into output: inout MutableSpan<Float>, at position: Int
  ) throws(IndexError)
}
