public import VicinalCore

/// Scales every vector to length 1, which turns inner product into cosine similarity. Zero stays
/// zero.
///
/// The corresponding faiss type is `NormalizationTransform` (factory string `L2norm`).
public struct L2Normalization: Sendable, Equatable {
  /// Floats per vector, in and out.
  public let dimension: Int

  /// Normalises vectors of a dimension.
  public init(dimension: Int) { self.dimension = dimension }

  /// The normalised vectors, row-major.
  ///
  /// - Complexity: O(count · dimension).
  public func apply(_ vectors: borrowing VectorBatch) -> [Float] {
    var output: [Float] = []
    output.reserveCapacity(vectors.count * dimension)
    for index in 0..<vectors.count {
      let row = vectors.row(index)
      // Scaling by the largest magnitude first keeps the squares inside the float range.
      var largest: Float = 0
      for column in row.indices { largest = max(largest, row[column].magnitude) }
      var squares = 0.0
      for column in row.indices { squares += Double(row[column]) * Double(row[column]) }
      let scale = largest > 0 ? 1 / squares.squareRoot() : 0
      for column in row.indices { output.append(Float(Double(row[column]) * scale)) }
    }
    return output
  }
}

/// An index whose vectors and queries are normalised on the way in: cosine similarity, when the
/// inner index compares by inner product.
///
/// Distances are those between normalised vectors, and ``reconstruct(_:)`` returns normalised
/// vectors.
///
/// The corresponding faiss type is `IndexPreTransform` with a `NormalizationTransform`.
public struct TransformedIndex: VectorIndex {
  /// What is done to every vector.
  public let transform: L2Normalization

  /// The index of transformed vectors.
  public internal(set) var inner: any VectorIndex

  /// Puts normalisation in front of an index.
  public init(_ inner: any VectorIndex) {
    transform = L2Normalization(dimension: inner.dimension)
    self.inner = inner
  }

  /// Floats per vector.
  public var dimension: Int { inner.dimension }

  /// How normalised vectors are compared.
  public var metric: Metric { inner.metric }

  /// Vectors held.
  public var count: Int { inner.count }

  /// Whether vectors can be added.
  public var isTrained: Bool { inner.isTrained }

  /// Bytes of memory held.
  public var byteCount: Int { inner.byteCount }

  /// Trains the inner index on normalised vectors.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let values = try checked(sample, "training vectors")
    try inner.train(
      on: VectorBatch(values.span, dimension: dimension), execution: execution)
  }

  /// Adds normalised vectors.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let values = try checked(vectors, "vectors to add")
    try inner.add(VectorBatch(values.span, dimension: dimension), execution: execution)
  }

  /// Finds the `k` nearest vectors of each normalised query.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    let values = try checked(queries, "queries")
    return try inner.search(
      VectorBatch(values.span, dimension: dimension), k: k, options: options)
  }

  /// Checked before normalising: afterwards the row number would be lost in a message.
  private func checked(
    _ vectors: borrowing VectorBatch, _ role: String
  ) throws(IndexError) -> [Float] {
    try vectors.requireDimension(dimension, of: role)
    try vectors.requireFinite(of: role)
    return transform.apply(vectors)
  }
}

extension TransformedIndex: RangeSearchable, Reconstructible, RemovableIndex, IdentifiedAddition {
  /// Finds every vector within the radius of a normalised query.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    guard let searchable = inner as? any RangeSearchable else {
      throw IndexError(.unsupported, "the index behind the transform has no range search")
    }
    let values = try checked(queries, "queries")
    return try searchable.rangeSearch(
      VectorBatch(values.span, dimension: dimension), radius: radius, options: options)
  }

  /// The normalised vector with an id.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard let source = inner as? any Reconstructible else {
      throw IndexError(.unsupported, "the index behind the transform cannot give vectors back")
    }
    return try source.reconstruct(id)
  }

  /// Removes every vector whose id the filter contains.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    var removed = 0
    let isCapable = try withCapability(&inner, as: (any RemovableIndex).self) {
      index throws(IndexError) in removed = try index.remove(filter)
    }
    guard isCapable else {
      throw IndexError(.unsupported, "the index behind the transform cannot remove vectors")
    }
    return removed
  }

  /// Adds normalised vectors under given ids.
  public mutating func add(
    _ vectors: borrowing VectorBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    let values = try checked(vectors, "vectors to add")
    let batch = try VectorBatch(values.span, dimension: dimension)
    guard inner is any IdentifiedAddition else {
      throw IndexError(.unsupported, "the index behind the transform does not take ids")
    }
    var outer = inner
    inner = FlatIndex(dimension: dimension)
    defer { inner = outer }
    if var capable = outer as? any IdentifiedAddition {
      outer = inner
      defer { outer = capable }
      try capable.add(batch, ids: ids, execution: execution)
    }
  }
}
