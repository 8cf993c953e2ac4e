/// An index that can give its vectors back, as far as it kept them.
public protocol Reconstructible: VectorIndex {
  /// The vector with an id. faiss: `reconstruct`.
  ///
  /// - Returns: `dimension` floats.
  /// - Throws: ``IndexError/Code/notFound``, ``IndexError/Code/unsupported`` if something that the
  ///   vectors went through cannot be reversed.
  func reconstruct(_ id: Int64) throws(IndexError) -> [Float]

  /// The vectors with some ids, in their order. faiss: `reconstruct_batch`.
  ///
  /// - Parameter ids: Any ids, which may repeat.
  /// - Returns: `ids.count × dimension` floats, row-major.
  /// - Throws: As ``reconstruct(_:)-(Int64)``, for the first id that cannot be given back.
  /// - Complexity: That of ``reconstruct(_:)-(Int64)`` for each id, or better: an inverted file
  ///   without direct map looks through its lists once for all ids.
  func reconstruct(_ ids: Span<Int64>) throws(IndexError) -> [Float]

  /// Finds the `k` nearest vectors of each query and gives the vectors along.
  /// faiss: `search_and_reconstruct`.
  ///
  /// An inverted file needs no direct map for this.
  ///
  /// - Returns: What ``VectorIndex/search(_:k:options:)`` returns, and the vectors.
  /// - Throws: As searching and as ``reconstruct(_:)-(Int64)``.
  func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors
}

extension Reconstructible {
  /// The vectors with some ids, one by one.
  public func reconstruct(_ ids: Span<Int64>) throws(IndexError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(try checkedProduct(ids.count, dimension, of: "the vectors"))
    for place in ids.indices { values += try reconstruct(ids[place]) }
    return values
  }

  /// The vectors with consecutive ids. faiss: `reconstruct_n`.
  ///
  /// - Parameter ids: All of them must be there.
  /// - Returns: `ids.count × dimension` floats, row-major.
  /// - Throws: As ``reconstruct(_:)-(Int64)``.
  public func reconstruct(_ ids: Range<Int64>) throws(IndexError) -> [Float] {
    let (length, overflow) = ids.upperBound.subtractingReportingOverflow(ids.lowerBound)
    guard !overflow, length <= Int64(count) else {
      throw IndexError(
        .notFound,
        "there are only \(count) vectors, so that not all ids \(ids.lowerBound) ..<"
          + " \(ids.upperBound) can be there")
    }
    let all = Array(ids)
    return try reconstruct(all.span)
  }

  /// Searches, then gives the vectors with the ids that were found.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    try requireRoom(forVectorsOf: queries, k: k)
    let found = try search(queries, k: k, options: options)
    let ids = found.ids.filter { $0 >= 0 }
    return ReconstructedNeighbors(
      found, dimension: dimension, vectors: try reconstruct(ids.span))
  }

  /// Finds the `k` nearest vectors and gives them along, with the index's own settings.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int
  ) throws(IndexError) -> ReconstructedNeighbors {
    try searchAndReconstruct(queries, k: k, options: SearchOptions())
  }

  /// The difference between a vector and the one with an id. faiss: `compute_residual`.
  ///
  /// - Parameter vector: `dimension` floats.
  /// - Throws: As ``reconstruct(_:)-(Int64)``, and ``IndexError/Code/dimensionMismatch``.
  public func residual(of vector: Span<Float>, from id: Int64) throws(IndexError) -> [Float] {
    let ids = [id]
    return try residuals(of: VectorBatch(vector, dimension: dimension), from: ids.span)
  }

  /// The differences between vectors and those with some ids. faiss: `compute_residual_n`.
  ///
  /// - Parameters:
  ///   - vectors: Of the index's dimension.
  ///   - ids: One per vector.
  /// - Returns: `ids.count × dimension` floats, row-major.
  /// - Throws: As ``reconstruct(_:)-(Int64)``, ``IndexError/Code/dimensionMismatch``, and
  ///   ``IndexError/Code/invalidArgument`` if the numbers of vectors and ids differ.
  public func residuals(
    of vectors: borrowing VectorBatch, from ids: Span<Int64>
  ) throws(IndexError) -> [Float] {
    try vectors.requireDimension(dimension, of: "vectors")
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "every vector needs an id: \(vectors.count) vectors, \(ids.count) ids")
    }
    var values = try reconstruct(ids)
    for place in values.indices { values[place] = vectors.values[place] - values[place] }
    return values
  }

  /// Bytes of results up to which `k` may exceed the number of vectors.
  private static var largestPadding: Int { 1 << 29 }

  /// Requires that padding alone does not fill the memory.
  package func requireRoom(
    forVectorsOf queries: borrowing VectorBatch, k: Int
  ) throws(IndexError) {
    guard k > count else { return }
    let bytes = try checkedProduct(queries.count, k, max(1, dimension), 4, of: "the vectors")
    guard bytes <= Self.largestPadding else {
      throw IndexError(
        .invalidArgument,
        "k = \(k) exceeds the \(count) vectors of the index so far that the padding of the vectors"
          + " found would fill memory (\(bytes) bytes); lower k")
    }
  }
}

extension VectorIndex {
  /// The ids of the `k` nearest vectors of each vector. faiss: `assign`.
  ///
  /// - Returns: `vectors.count × k` ids, row-major, best first; −1 where there is none.
  /// - Throws: As ``search(_:k:options:)``.
  public func assign(
    _ vectors: borrowing VectorBatch, k: Int = 1, options: SearchOptions = SearchOptions()
  ) throws(IndexError) -> [Int64] {
    try search(vectors, k: k, options: options).ids
  }
}
