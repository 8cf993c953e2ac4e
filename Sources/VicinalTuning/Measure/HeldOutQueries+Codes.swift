public import VicinalCore
import VicinalIndexes

extension HeldOutQueries {
  /// Takes what an index keeps as queries, be it codes behind transforms, with neighbours by
  /// comparing with everything that it keeps.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if nothing can be taken from the index.
  public static func decoded(
    from index: any VectorIndex, count: Int, k: Int, seed: UInt64 = 7,
    execution: Execution = Execution()
  ) throws(IndexError) -> HeldOutQueries {
    guard let exact = index.core as? any ExhaustivelySearchable, exact.count > 0 else {
      throw IndexError(
        .unsupported,
        "vectors cannot be taken from this kind of index to measure it with; give its embeddings")
    }
    var generator = SplitMix64(seed: seed)
    let positions = sampleWithoutReplacement(count, of: exact.count, using: &generator)
    var (own, kept) = try exact.vectors(at: positions)
    let values = try index.leaving(kept)
    // What transforms cannot undo is missing in the queries, so the truth must do without it too.
    kept = try index.entering(values, execution)
    let inner = try VectorBatch(kept.span, dimension: exact.dimension)
    var found = try exact.exhaustiveSearch(inner, k: k + 1, execution: execution)
    if let names = index.names {
      for place in found.ids.indices where found.ids[place] >= 0 {
        found.ids[place] = names[Int(found.ids[place])]
      }
      own = own.map { names[Int($0)] }
    }
    return HeldOutQueries(
      dimension: index.dimension, values: values, ownIDs: own,
      truth: found.dropping(own, k: k, metric: index.metric))
  }
}

extension VectorIndex {
  /// The caller's ids, if a map of them stands anywhere in front of the core.
  fileprivate var names: [Int64]? {
    if let mapped = self as? IDMapIndex { return mapped.ids }
    return (self as? TransformedIndex)?.inner.names
  }

  /// Vectors of the core as they were before the transforms.
  fileprivate func leaving(_ values: [Float]) throws(IndexError) -> [Float] {
    if let mapped = self as? IDMapIndex { return try mapped.inner.leaving(values) }
    guard let transformed = self as? TransformedIndex else { return values }
    return try transformed.chain.reverse(transformed.inner.leaving(values))
  }

  /// Vectors as the core sees them.
  fileprivate func entering(
    _ values: [Float], _ execution: Execution
  ) throws(IndexError) -> [Float] {
    if let mapped = self as? IDMapIndex { return try mapped.inner.entering(values, execution) }
    guard let transformed = self as? TransformedIndex else { return values }
    let batch = try VectorBatch(values.span, dimension: dimension)
    let outside = try transformed.chain.apply(batch, execution: execution)
    return try transformed.inner.entering(outside, execution)
  }
}
