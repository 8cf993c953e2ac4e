public import VicinalCoding
public import VicinalCore

/// An index whose vectors and queries go through transforms first: they are reduced, rotated or
/// normalised on the way in.
///
/// Distances are those between transformed vectors. With ``VicinalCoding/L2Normalization`` alone
/// in front of an inner-product index, they are cosine similarities.
///
/// ```swift
/// let pca = try PCA(inputDimension: 384, outputDimension: 64)
/// var index = try TransformedIndex([pca], FlatIndex(dimension: 64))
/// try index.train(on: sample)  // trains the PCA, then what is behind it
/// ```
///
/// The corresponding faiss type is `IndexPreTransform`.
public struct TransformedIndex: VectorIndex {
  /// What is done to every vector.
  public private(set) var chain: TransformChain

  /// The index of transformed vectors.
  public internal(set) var inner: any VectorIndex

  /// Puts transforms in front of an index.
  ///
  /// - Parameters:
  ///   - transforms: Each takes what the one before gives; possibly none.
  ///   - inner: Takes what the last one gives.
  /// - Throws: ``IndexError/Code/dimensionMismatch`` if dimensions do not follow on each other.
  public init(
    _ transforms: [any VectorTransform], _ inner: any VectorIndex
  ) throws(IndexError) {
    chain = try TransformChain(transforms, outputDimension: inner.dimension)
    self.inner = inner
  }

  /// Puts normalisation in front of an index.
  public init(_ inner: any VectorIndex) {
    chain = TransformChain(normalizing: inner.dimension)
    self.inner = inner
  }

  /// The same transforms in front of another index of the same dimension.
  package func with(inner: any VectorIndex) throws(IndexError) -> TransformedIndex {
    try TransformedIndex(chain.transforms, inner)
  }

  /// Floats per vector, before the transforms.
  public var dimension: Int { chain.inputDimension }

  /// How transformed vectors are compared.
  public var metric: Metric { inner.metric }

  /// Vectors held.
  public var count: Int { inner.count }

  /// Whether vectors can be added: transforms and index are trained.
  public var isTrained: Bool { chain.isTrained && inner.isTrained }

  /// Bytes of memory held.
  public var byteCount: Int { inner.byteCount + chain.byteCount }

  /// Trains the transforms that are not trained yet, each on what those before it give, then the
  /// inner index. Each takes from the sample as many vectors as it needs.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try require(sample, "training vectors")
    var trained = chain
    // What learns nothing need not see all vectors transformed.
    let values = try trained.train(
      on: sample, appliedRows: inner.learnsFromVectors ? .max : 1, execution: execution)
    try inner.train(
      on: VectorBatch(values.span, dimension: inner.dimension), execution: execution)
    chain = trained
  }

  /// Adds transformed vectors.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let values = try checked(vectors, "vectors to add", execution)
    try inner.add(VectorBatch(values.span, dimension: inner.dimension), execution: execution)
  }

  /// Finds the `k` nearest vectors of each transformed query.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    let values = try checked(queries, "queries", options.execution)
    return try inner.search(
      VectorBatch(values.span, dimension: inner.dimension), k: k, options: options)
  }

  private func require(
    _ vectors: borrowing VectorBatch, _ role: String
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: role)
    try vectors.requireFinite(of: role)
  }

  /// Checked before transforming: afterwards the number would be lost in a message.
  func checked(
    _ vectors: borrowing VectorBatch, _ role: String, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    try require(vectors, role)
    return try chain.apply(vectors, execution: execution)
  }
}

extension TransformedIndex: RangeSearchable, RemovableIndex, IdentifiedAddition {
  /// Finds every vector within the radius of a transformed query.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    guard let searchable = inner as? any RangeSearchable else {
      throw IndexError(.unsupported, "the index behind the transform has no range search")
    }
    let values = try checked(queries, "queries", options.execution)
    return try searchable.rangeSearch(
      VectorBatch(values.span, dimension: inner.dimension), radius: radius, options: options)
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

  /// Adds transformed vectors under given ids.
  public mutating func add(
    _ vectors: borrowing VectorBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    let values = try checked(vectors, "vectors to add", execution)
    let batch = try VectorBatch(values.span, dimension: inner.dimension)
    guard inner is any IdentifiedAddition else {
      throw IndexError(.unsupported, "the index behind the transform does not take ids")
    }
    var outer = inner
    inner = FlatIndex(dimension: inner.dimension)
    defer { inner = outer }
    if var capable = outer as? any IdentifiedAddition {
      outer = inner
      defer { outer = capable }
      try capable.add(batch, ids: ids, execution: execution)
    }
  }
}

extension VectorIndex {
  /// Whether training finds anything but that the vectors are fit for the index.
  fileprivate var learnsFromVectors: Bool {
    switch self {
    case is FlatIndex: false
    case let graph as HNSWIndex: graph.codec != nil
    default: true
    }
  }
}
