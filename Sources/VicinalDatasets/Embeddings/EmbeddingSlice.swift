public import VicinalCore

/// Consecutive vectors of a source, numbered from 0: what one part of a divided index holds.
public struct EmbeddingSlice: EmbeddingSource {
  /// The source.
  public let base: any EmbeddingSource

  /// Which of its vectors.
  public let range: Range<Int>

  /// Floats per vector.
  public var dimension: Int { base.dimension }

  /// Vectors.
  public var count: Int { range.count }

  /// Takes the vectors `range` of a source.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if there are not so many.
  public init(_ base: any EmbeddingSource, _ range: Range<Int>) throws(IndexError) {
    guard range.lowerBound >= 0, range.upperBound <= base.count else {
      throw IndexError(
        .invalidArgument, "vectors \(range) were asked for of \(base.count)")
    }
    self.base = base
    self.range = range
  }

  /// Gives the vectors of the range to `body`.
  ///
  /// - Complexity: In local files that are mapped, nothing outside the range is read; other sources
  ///   are read from their beginning to the end of the range.
  public func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    try base.forEachBatch(rows: rows, in: range) { batch, first throws(IndexError) in
      try body(batch, first - range.lowerBound)
    }
  }

  /// Copies chosen vectors.
  public func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    try checkAscending(numbers)
    return try base.vectors(numbers.map { $0 + range.lowerBound })
  }

  /// Where a vector is in the source.
  public func place(of number: Int) -> String { base.place(of: range.lowerBound + number) }
}

extension EmbeddingSource {
  /// Gives some consecutive vectors to `body`, in order, in batches of at most `rows` rows, with
  /// their numbers in the source.
  ///
  /// - Complexity: As ``EmbeddingSlice/forEachBatch(rows:_:)``.
  public func forEachBatch(
    rows: Int, in range: Range<Int>,
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    guard !range.isEmpty else { return }
    if let files = self as? EmbeddingFiles {
      return try files.forEachBatch(ofFilesIn: range, rows: rows, body)
    }
    var next = 0
    try stopping(after: range) { () throws(IndexError) in
      try forEachBatch(rows: rows) { batch, first throws(IndexError) in
        try Self.cut(batch, first, range, body)
        next = first + batch.count
        if next >= range.upperBound { throw EndOfRange.error }
      }
    } isDone: {
      next >= range.upperBound
    }
  }

  /// Runs `work`, which ends by throwing once everything is read.
  private func stopping(
    after range: Range<Int>, _ work: () throws(IndexError) -> Void, isDone: () -> Bool
  ) throws(IndexError) {
    do throws(IndexError) {
      try work()
    } catch {
      guard isDone(), error == EndOfRange.error else { throw error }
    }
  }

  /// Gives the part of a batch that is within a range to `body`.
  fileprivate static func cut(
    _ batch: borrowing VectorBatch, _ first: Int, _ range: Range<Int>,
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    let (low, high) = (
      max(range.lowerBound, first), min(range.upperBound, first + batch.count)
    )
    guard low < high else { return }
    try body(batch.rows(low - first..<high - first), low)
  }
}

/// Ends the reading of a source before its end.
private enum EndOfRange {
  static let error = IndexError(.cancelled, "end of the range of vectors")
}

extension EmbeddingFiles {
  /// Passes over files outside the range; in a mapped file, pages before the range are not touched
  /// because plain floats are used in place.
  fileprivate func forEachBatch(
    ofFilesIn range: Range<Int>, rows: Int,
    _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    var buffer: [Float] = []
    for (file, start) in zip(files, starts) {
      guard start < range.upperBound, start + file.count > range.lowerBound else { continue }
      var next = start
      do throws(IndexError) {
        try file.forEachBatch(rows: max(1, rows), buffer: &buffer) {
          batch, first throws(IndexError) in
          try Self.cut(batch, start + first, range, body)
          next = start + first + batch.count
          if next >= range.upperBound { throw EndOfRange.error }
        }
      } catch {
        guard next >= range.upperBound, error == EndOfRange.error else { throw error }
      }
    }
  }
}
