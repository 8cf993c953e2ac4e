import VicinalCompute
public import VicinalCore

/// Scales every vector to length 1, which turns inner product into cosine similarity. Zero stays
/// zero.
///
/// The corresponding faiss type is `NormalizationTransform` (factory string `L2norm`).
public struct L2Normalization: VectorTransform, Equatable {
  /// Floats per vector, in and out.
  public let dimension: Int

  /// faiss's `is_trained`, as a file says; normalising needs no training.
  package var isMarkedTrained = true

  /// Normalises vectors of a dimension.
  public init(dimension: Int) { self.dimension = dimension }

  /// Floats per vector.
  public var inputDimension: Int { dimension }

  /// Floats per vector.
  public var outputDimension: Int { dimension }

  /// There is nothing to learn.
  public var isTrained: Bool { true }

  /// Lengths are lost, but normalised vectors stand for themselves.
  public var isReversible: Bool { true }

  /// No memory.
  public var byteCount: Int { 0 }

  /// There is nothing to learn.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {}

  /// The normalised vectors, row-major.
  ///
  /// - Complexity: O(count · dimension).
  public func apply(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireInput(vectors)
    let parts = evenRanges(vectors.count, parts: execution.workerCount, minimum: 256)
    guard parts.count > 1 else { return normalized(vectors) }
    return try parallelMap(parts.count, workers: execution.workerCount) { part in
      normalized(vectors.rows(parts[part]))
    }.flatMap { $0 }
  }

  /// The same vectors: they are as near as one can get.
  public func reverse(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Float] {
    try requireOutput(vectors)
    return vectors.values.indices.map { vectors.values[$0] }
  }
}

/// The vectors scaled to length 1; zero stays zero.
func normalized(_ vectors: borrowing VectorBatch) -> [Float] {
  var output: [Float] = []
  output.reserveCapacity(vectors.values.count)
  for index in 0..<vectors.count {
    let row = vectors.row(index)
    // In double, squares of floats neither overflow nor vanish.
    var squares = 0.0
    for column in row.indices { squares += Double(row[column]) * Double(row[column]) }
    let scale = squares > 0 ? 1 / squares.squareRoot() : 0
    for column in row.indices { output.append(Float(Double(row[column]) * scale)) }
  }
  return output
}
