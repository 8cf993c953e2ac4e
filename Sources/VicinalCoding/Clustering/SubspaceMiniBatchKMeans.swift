import VicinalCompute
public import VicinalCore

/// ``MiniBatchKMeans`` of every part of the vectors on its own: the codebooks of a product quantizer,
/// from vectors that come in batches.
///
/// ```swift
/// var parts = try SubspaceMiniBatchKMeans(k: 256, parts: 16, dimension: 384)
/// try parts.train(on: sample)
/// let quantizer = try parts.makeQuantizer()
/// ```
public struct SubspaceMiniBatchKMeans: Sendable {
  /// Floats per vector.
  public let dimension: Int

  /// The clusters of each part.
  public private(set) var parts: [MiniBatchKMeans]

  /// Nothing learnt yet.
  ///
  /// - Parameters:
  ///   - k: Clusters of each part, at least 1.
  ///   - parts: Equal parts that a vector is cut into; divides the dimension.
  ///   - dimension: Floats per vector.
  ///   - metric: L2 or inner product, within each part.
  ///   - options: As of ``MiniBatchKMeans``; each part has a seed of its own.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    k: Int, parts: Int, dimension: Int, metric: Metric = .l2,
    options: MiniBatchOptions = MiniBatchOptions()
  ) throws(IndexError) {
    guard parts >= 1, dimension >= 1, dimension.isMultiple(of: parts) else {
      throw IndexError(
        .invalidArgument,
        "a dimension of \(dimension) cannot be cut into \(parts) equal parts; choose a number of parts"
          + " that divides it")
    }
    self.dimension = dimension
    var made: [MiniBatchKMeans] = []
    for part in 0..<parts {
      var settings = options
      settings.seed &+= UInt64(part)
      made.append(
        try MiniBatchKMeans(k: k, dimension: dimension / parts, metric: metric, options: settings))
    }
    self.parts = made
  }

  /// Floats of each part.
  public var subdimension: Int { dimension / parts.count }

  /// Clusters of each part.
  public var k: Int { parts[0].k }

  /// Rows that a step is meant for.
  public var batchSize: Int { parts[0].batchSize }

  /// Whether there are centroids.
  public var isTrained: Bool { parts.allSatisfy(\.isTrained) }

  /// Whether more batches would bring nothing in any part.
  public var isConverged: Bool { parts.allSatisfy(\.isConverged) }

  /// The centroids of all parts, `parts × k × subdimension`.
  public var centroids: [Float] { parts.flatMap(\.centroids) }

  /// The mean over the parts of what ``MiniBatchKMeans/history`` says.
  public var history: [Double] {
    let steps = parts.map(\.history.count).min() ?? 0
    return (0..<steps).map { step in
      parts.reduce(0) { $0 + $1.history[step] } / Double(parts.count)
    }
  }

  /// Begins at given centroids, in the order of ``centroids``.
  ///
  /// - Throws: As ``MiniBatchKMeans/begin(at:)``.
  public mutating func begin(at values: [Float]) throws(IndexError) {
    let size = k * subdimension
    guard values.count == parts.count * size else {
      throw IndexError(
        .invalidArgument,
        "\(parts.count) × \(k) centroids of \(subdimension) floats are not \(values.count) floats")
    }
    var changed = parts
    for part in changed.indices {
      try changed[part].begin(at: Array(values[part * size..<(part + 1) * size]))
    }
    parts = changed
  }

  /// As ``MiniBatchKMeans/update(_:execution:)``.
  public mutating func update(
    _ batch: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) {
    try change(batch, execution) { part, batch, inner throws(IndexError) in
      try part.update(batch, execution: inner)
    }
  }

  /// As ``MiniBatchKMeans/finish(execution:)``.
  public mutating func finish(execution: Execution = Execution()) throws(IndexError) {
    var changed = parts
    for part in changed.indices { try changed[part].finish(execution: execution) }
    parts = changed
  }

  /// As ``MiniBatchKMeans/train(on:initialCentroids:execution:)``; one unit of progress per part.
  public mutating func train(
    on points: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) {
    let report = ProgressCount(
      step: "k-means", total: parts.count, execution: parts.count == 1 ? Execution() : execution)
    try change(points, execution) { part, points, inner throws(IndexError) in
      try part.train(on: points, execution: inner)
      report.finish()
    }
  }

  /// As ``MiniBatchKMeans/refine(execution:_:)``.
  public mutating func refine(
    execution: Execution = Execution(),
    _ pass: ((borrowing VectorBatch) throws(IndexError) -> Void) throws(IndexError) -> Void
  ) throws(IndexError) {
    var rounds: [MiniBatchRound] = []
    for part in parts { rounds.append(try MiniBatchRound(part, execution)) }
    try pass { batch throws(IndexError) in
      try require(batch)
      for part in rounds.indices {
        let values = columns(part, of: batch)
        try rounds[part].add(VectorBatch(values.span, dimension: subdimension))
      }
    }
    for part in parts.indices { _ = parts[part].end(rounds[part]) }
  }

  /// The nearest cluster of each part of each vector, part after part, and its distance.
  ///
  /// - Returns: A label and a value for each part of each vector, vector after vector.
  /// - Throws: As ``MiniBatchKMeans/assign(_:execution:)``.
  public func assign(
    _ vectors: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) -> (labels: [Int64], values: [Float]) {
    try require(vectors)
    let count = parts.count
    let size = try checkedProduct(vectors.count, count, of: "the labels")
    var labels = [Int64](repeating: 0, count: size)
    var values = [Float](repeating: 0, count: size)
    if count == 1 { return try parts[0].assign(vectors, execution: execution) }
    for (number, part) in parts.enumerated() {
      let rows = columns(number, of: vectors)
      let found = try part.assign(
        VectorBatch(rows.span, dimension: subdimension), execution: execution)
      for row in 0..<vectors.count {
        labels[row * count + number] = found.labels[row]
        values[row * count + number] = found.values[row]
      }
    }
    return (labels, values)
  }

  /// Compares each part of every vector with its centroids: `vectors × k` values for each part.
  ///
  /// - Throws: As ``MiniBatchKMeans/compare(_:execution:)``.
  public func compare(
    _ vectors: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) -> [Float] {
    try require(vectors)
    if parts.count == 1 { return try parts[0].compare(vectors, execution: execution) }
    var values: [Float] = []
    values.reserveCapacity(try checkedProduct(vectors.count, parts.count, k, of: "the distances"))
    for (number, part) in parts.enumerated() {
      let rows = columns(number, of: vectors)
      values += try part.compare(
        VectorBatch(rows.span, dimension: subdimension), execution: execution)
    }
    return values
  }

  /// A product quantizer with these centroids.
  ///
  /// - Throws: ``IndexError/Code/notTrained``; ``IndexError/Code/invalidArgument`` unless the number
  ///   of clusters is a power of two that a product quantizer has.
  public func makeQuantizer() throws(IndexError) -> ProductQuantizer {
    guard isTrained else {
      throw IndexError(.notTrained, "there are no clusters yet; give more vectors")
    }
    guard k.nonzeroBitCount == 1 else {
      throw IndexError(
        .invalidArgument, "a product quantizer has 2, 4, 8 … centroids per part, not \(k)")
    }
    var quantizer = try ProductQuantizer(
      dimension: dimension, subspaces: parts.count, bits: k.trailingZeroBitCount)
    try quantizer.setCentroids(centroids)
    return quantizer
  }

  private func require(_ vectors: borrowing VectorBatch) throws(IndexError) {
    guard vectors.dimension == dimension else {
      throw IndexError(
        .dimensionMismatch,
        "vectors have dimension \(vectors.dimension), the clusters have \(dimension)")
    }
    try vectors.requireFinite(of: "vectors")
  }

  /// Changes every part with its columns; none if one fails.
  private mutating func change(
    _ vectors: borrowing VectorBatch, _ execution: Execution,
    _ body: (inout MiniBatchKMeans, borrowing VectorBatch, Execution) throws(IndexError) -> Void
  ) throws(IndexError) {
    try require(vectors)
    if parts.count == 1 {
      // Vectors may be a file that does not fit into memory, so that there must be no copy.
      return try body(&parts[0], vectors, execution)
    }
    var inner = execution
    inner.progress = nil
    // Parts on all workers; if there are more workers than parts, they share one.
    inner.workers = max(1, execution.workerCount / parts.count)
    var changed = parts
    let width = subdimension
    try parallelUpdate(&changed, workers: execution.workerCount) {
      number, part throws(IndexError) in
      let rows = columns(number, of: vectors)
      try body(&part, VectorBatch(rows.span, dimension: width), inner)
    }
    parts = changed
  }

  /// One part of the vectors, on its own.
  private func columns(_ part: Int, of vectors: borrowing VectorBatch) -> [Float] {
    let width = subdimension
    var values: [Float] = []
    values.reserveCapacity(vectors.count * width)
    for index in 0..<vectors.count {
      let row = vectors.row(index)
      for column in part * width..<(part + 1) * width { values.append(row[column]) }
    }
    return values
  }
}
