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
  ///   - rows: At least 1. A source may give fewer, for example at the end of a file.
  ///   - body: Receives each batch and the number of its first vector.
  /// - Throws: ``IndexError/Code/corruptFile`` naming the file, and what `body` throws.
  func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError)

  /// Copies chosen vectors, row-major.
  ///
  /// - Parameter numbers: Ascending, within 0 ..< `count`; a number may repeat.
  /// - Returns: `dimension` floats for each of `numbers`.
  /// - Throws: ``IndexError/Code/invalidArgument`` for other numbers,
  ///   ``IndexError/Code/corruptFile`` naming the file.
  func vectors(_ numbers: [Int]) throws(IndexError) -> [Float]

  /// Where a vector is, for messages: "row 12 of the embeddings", and of which file.
  func place(of number: Int) -> String
}

extension EmbeddingSource {
  /// "row 12 of the embeddings".
  public func place(of number: Int) -> String { "row \(number) of the embeddings" }

  /// Requires that every float of a batch is a finite number.
  ///
  /// - Parameters:
  ///   - batch: Vectors of this source.
  ///   - first: The number of its first vector.
  /// - Throws: ``IndexError/Code/notFinite`` with the ``place(of:)`` of the vector.
  public func requireFinite(
    _ batch: borrowing VectorBatch, from first: Int
  ) throws(IndexError) {
    if let (row, remark) = batch.firstNotFinite() {
      throw IndexError(.notFinite, "\(place(of: first + row)) \(remark)")
    }
  }

  /// Copies a random sample without repetition, in the order of the source; only the chosen
  /// vectors are read.
  ///
  /// - Parameters:
  ///   - count: Vectors wanted; all of them if there are fewer.
  ///   - seed: The same seed chooses the same vectors.
  /// - Returns: `dimension` floats for each chosen vector.
  /// - Throws: As ``vectors(_:)``.
  public func sample(_ count: Int, seed: UInt64) throws(IndexError) -> [Float] {
    var generator = SplitMix64(seed: seed)
    return try vectors(sampleWithoutReplacement(count, of: self.count, using: &generator))
  }

  /// Copies all vectors into memory, row-major.
  public func load() throws(IndexError) -> [Float] {
    let size = try checkedProduct(count, dimension, of: "all vectors")
    var values = [Float](repeating: 0, count: size)
    try forEachBatch(rows: 4096) { batch, first throws(IndexError) in
      var output = values.mutableSpan
      let start = first * dimension
      for index in batch.values.indices { output[start + index] = batch.values[index] }
    }
    return values
  }

  /// Gives all vectors to `body`, in order, in batches that hold at most `maxBytes` as floats,
  /// but at least one vector.
  ///
  /// - Parameters:
  ///   - maxBytes: Upper bound of the memory of a batch, 4 bytes per number.
  ///   - execution: Asked for cancellation before each batch and told of progress after it.
  ///   - body: Receives each batch and the number of its first vector.
  /// - Throws: ``IndexError/Code/cancelled``; otherwise as ``forEachBatch(rows:_:)``.
  public func forEachBatch(
    maxBytes: Int, execution: Execution = Execution(),
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    let rowBytes = try checkedProduct(dimension, 4, of: "a vector")
    try forEachBatch(rows: max(1, maxBytes / max(1, rowBytes))) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      try body(batch, first)
      execution.progress?(WorkProgress(step: "read", done: first + batch.count, total: count))
    }
  }

  /// Requires ascending numbers of vectors, as ``vectors(_:)`` takes them.
  func checkAscending(_ numbers: [Int]) throws(IndexError) {
    var last = 0
    for number in numbers {
      guard number >= last, number < count else {
        throw IndexError(
          .invalidArgument,
          "vector \(number) was asked for after \(last) of \(count); numbers must ascend from 0")
      }
      last = number
    }
  }
}
