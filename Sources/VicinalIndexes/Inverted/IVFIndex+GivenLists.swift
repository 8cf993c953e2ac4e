public import VicinalCore

extension IVFIndex {
  /// Finds the `k` nearest vectors of each query among lists that the caller chose.
  ///
  /// - Parameters:
  ///   - lists: As many for each query, one query after the other; numbers below 0 are no list,
  ///     and a list that a query names twice is visited once.
  ///   - distances: What the coarse quantizer says of each of them: codes of residuals are compared
  ///     with its help.
  ///   - options: As of ``search(_:k:options:)``; which lists there are to visit is settled.
  /// - Throws: As ``search(_:k:options:)``; ``IndexError/Code/invalidArgument`` if there are not as
  ///   many lists for each query, not as many distances, or a list that the index has not;
  ///   ``IndexError/Code/notFinite`` for distances that are no numbers.
  /// - Complexity: O(lists · count / listCount · dimension / workers).
  ///
  /// The corresponding faiss function is `IndexIVF::search_preassigned`.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, lists: [Int64], distances: [Float],
    options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    try requireListOptions(options)
    try options.requireNone(options.probes, "probes (nprobe)", "a search of given lists")
    try options.requireNone(options.cellRatio, "cellRatio (ratio)", "a search of given lists")
    try options.requireNone(options.coarseEfSearch, "coarseEfSearch", "a search of given lists")
    try options.requireNone(options.coarseProbes, "coarseProbes", "a search of given lists")
    guard queries.count > 0 else { return Neighbors(empty: 0, k: k, metric: metric) }
    let probes = lists.count / queries.count
    guard probes >= 1, lists.count == probes * queries.count, distances.count == lists.count else {
      throw IndexError(
        .invalidArgument,
        "\(queries.count) queries need equally many lists each, and a distance for each list; got"
          + " \(lists.count) lists and \(distances.count) distances")
    }
    for (place, list) in lists.enumerated() where list >= 0 {
      guard list < listCount else {
        throw IndexError(.invalidArgument, "lists must be below \(listCount), got \(list)")
      }
      guard distances[place].isFinite else {
        throw IndexError(
          .notFinite, "the distance of list \(list) is \(distances[place]), expected a number")
      }
    }
    let plan = plan(
      eachOnce(lists, of: queries.count), distances, of: queries.count, probes: probes,
      k: max(1, min(k, count)), options)
    guard let paging else { return try search(queries, k: k, plan, options) }
    var plain = self
    plain.paging = nil
    let found = try plain.search(queries, k: k, plan, options)
    paging.pages.note(Int(min(1e12, paging.bytesPerProbe * Double(lists.count))))
    return found
  }

  /// The same lists without those that a query has had already.
  private func eachOnce(_ lists: [Int64], of queryCount: Int) -> [Int64] {
    var once = lists
    let probes = lists.count / queryCount
    for start in stride(from: 0, to: lists.count, by: probes) {
      var seen: Set<Int64> = []
      for place in start..<start + probes where !seen.insert(lists[place]).inserted {
        once[place] = -1
      }
    }
    return once
  }
}
