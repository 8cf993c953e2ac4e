public import VicinalCore

/// Vectors that are read batch by batch, in a fixed order: files larger than memory, or an array.
public protocol EmbeddingSource: Sendable {
  /// Floats per vector.
  var dimension: Int { get }

  /// Vectors; number i gets id i.
  var count: Int { get }

  /// Gives all vectors to `body`, in order, in batches of at most `rows` rows.
  ///
  /// - Parameters:
  ///   - rows: At least 1.
  ///   - body: Receives each batch and the number of its first vector.
  func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError)

  /// Copies chosen vectors.
  ///
  /// - Parameter numbers: Ascending, within 0 ..< `count`.
  func vectors(_ numbers: [Int]) throws(IndexError) -> [Float]
}

extension EmbeddingSource {
  /// Copies a random sample without repetition, in the order of the source.
  ///
  /// - Parameters:
  ///   - count: Vectors wanted; all of them if there are fewer.
  ///   - seed: The same seed chooses the same vectors.
  public func sample(_ count: Int, seed: UInt64) throws(IndexError) -> [Float] {
    var generator = SplitMix64(seed: seed)
    return try vectors(sampleWithoutReplacement(count, of: self.count, using: &generator))
  }

  /// Copies all vectors into memory.
  public func load() throws(IndexError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(try checkedProduct(count, dimension, of: "all vectors"))
    try forEachBatch(rows: 4096) { batch, _ throws(IndexError) in
      for index in batch.values.indices { values.append(batch.values[index]) }
    }
    return values
  }
}

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
      try body(all.rows(first..<min(count, first + max(1, rows))), first)
    }
  }

  /// Copies chosen vectors.
  public func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    numbers.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }
  }
}
