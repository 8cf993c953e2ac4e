import VicinalCompute
public import VicinalCore

extension RefinedIndex: RangeSearchable {
  /// Finds vectors that are within the radius for both indexes, with the values of the second.
  ///
  /// Where the first index is not exact, vectors that only it takes to be outside are missing: an
  /// approximation from below, as in faiss.
  ///
  /// - Parameter options: For the first index; `refineFactor` is refused, since there is no number of
  ///   candidates to multiply.
  /// - Throws: ``IndexError/Code/unsupported`` if the first index has no range search.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    try options.requireNone(
      options.refineFactor, "refineFactor (k_factor)", "the range search of a refined index")
    try options.requireNone(
      options.refineSamples, "refineSamples", "the range search of a refined index")
    guard let searchable = base as? any RangeSearchable,
      let comparison = refiner.numberedComparison
    else {
      throw IndexError(.unsupported, "the first index of the refined index has no range search")
    }
    let candidates = try searchable.rangeSearch(queries, radius: radius, options: options)
    let parts = evenRanges(queries.count, parts: options.execution.workerCount * 4)
    let results = try parallelMap(parts.count, workers: options.execution.workerCount) {
      part throws(IndexError) in
      try options.execution.checkCancellation()
      let compare = try comparison.comparer(execution: options.execution)
      let isSorted = comparison.prefersAscendingNumbers
      var rows: [[(id: Int64, distance: Float)]] = []
      var ids: [Int64] = []
      for query in parts[part] {
        let found = candidates.limits[query]..<candidates.limits[query + 1]
        try numbers(candidates.ids.span.extracting(found), isSorted: isSorted, &ids)
        var values = [Float](repeating: 0, count: ids.count)
        var span = values.mutableSpan
        compare(queries.row(query), ids.span, &span)
        rows.append(
          zip(ids, values).filter { metric.isBetter($1, than: radius) }.map {
            (id: $0, distance: $1)
          }
          .sorted { metric.ranks($0, before: $1) })
      }
      return rows
    }
    return RangeNeighbors(rows: results.flatMap(\.self))
  }
}
