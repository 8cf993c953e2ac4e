public import VicinalCore

/// Vectors that are in memory already.
public struct InMemoryEmbeddings: EmbeddingSource {
  /// Floats per vector.
  public let dimension: Int

  /// Row-major vectors.
  public let values: [Float]

  /// Vectors.
  public var count: Int { values.count / dimension }

  /// Takes row-major vectors.
  ///
  /// - Throws: As ``VectorBatch/init(_:dimension:)``.
  public init(_ values: [Float], dimension: Int) throws(IndexError) {
    _ = try VectorBatch(values.span, dimension: dimension)
    self.values = values
    self.dimension = dimension
  }

  /// Gives all vectors to `body`, without copies.
  public func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    let all = try VectorBatch(values.span, dimension: dimension)
    for first in stride(from: 0, to: count, by: max(1, rows)) {
      try body(all.rows(first..<first + min(count - first, max(1, rows))), first)
    }
  }

  /// Copies chosen vectors.
  public func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    try checkAscending(numbers)
    return numbers.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }
  }
}
