public import VicinalCore

extension TransformedIndex: Reconstructible {
  /// The vector with an id, as far as index and transforms kept it: transformed back.
  ///
  /// - Throws: ``IndexError/Code/notFound``, ``IndexError/Code/unsupported`` if the index cannot
  ///   give vectors back or a transform cannot be reversed.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    try chain.reverse(try source().reconstruct(id))
  }

  /// The vectors with some ids, transformed back.
  public func reconstruct(_ ids: Span<Int64>) throws(IndexError) -> [Float] {
    try chain.reverse(try source().reconstruct(ids))
  }

  /// Finds the `k` nearest vectors of each transformed query and gives them along, transformed
  /// back.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    let source = try source()
    try requireRoom(forVectorsOf: queries, k: k)
    let values = try checked(queries, "queries", options.execution)
    let found = try source.searchAndReconstruct(
      VectorBatch(values.span, dimension: inner.dimension), k: k, options: options)
    return ReconstructedNeighbors(
      found.neighbors, dimension: dimension, vectors: try chain.reverse(found.foundVectors))
  }

  private func source() throws(IndexError) -> any Reconstructible {
    guard let source = inner as? any Reconstructible else {
      throw IndexError(.unsupported, "the index behind the transform cannot give vectors back")
    }
    return source
  }
}
