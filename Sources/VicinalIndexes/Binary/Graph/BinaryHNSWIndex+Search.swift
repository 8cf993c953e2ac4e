import VicinalCompute
public import VicinalCore

extension BinaryHNSWIndex: BinaryRangeSearchable {
  /// Finds the `k` nearest vectors of each query, up to the recall of the graph.
  ///
  /// With a filter, nodes that it does not contain are walked over but not returned, and the walk
  /// is widened by the share of nodes that it does contain. Where comparing all of these is less
  /// work, or the walk found fewer than `k` of them, they are all compared, exactly.
  ///
  /// - Complexity: about O(queries · log count · efSearch · links · dimension / workers).
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let wanted = max(1, min(k, count))
    var found = Neighbors(empty: queries.count, k: k, metric: .l2)
    let hits = try hits(queries, wanted: wanted, limit: wanted, options)
    for (query, hits) in hits.enumerated() {
      for (place, hit) in hits.prefix(k).enumerated() {
        found.distances[query * k + place] = hit.value
        found.ids[query * k + place] = Int64(hit.id)
      }
    }
    return found
  }

  /// Finds vectors within the radius among the efSearch nearest that a walk finds: an
  /// approximation from below, complete only if efSearch exceeds the number of results well.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    let limit = Float(clampedRadius(radius))
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for hits in try hits(queries, wanted: 1, limit: count, options) {
      for hit in hits where hit.value < limit {
        found.distances.append(hit.value)
        found.ids.append(Int64(hit.id))
      }
      found.limits.append(found.ids.count)
    }
    return found
  }

  /// Queries that one task takes: enough to pay for its memory of visited nodes.
  private static let taskQueries = 32

  /// The best rows of each query, best first.
  ///
  /// - Parameters:
  ///   - wanted: Hits without which a filtered walk is taken to have failed.
  ///   - limit: Hits kept when all vectors of a filter are compared.
  private func hits(
    _ queries: borrowing BinaryBatch, wanted: Int, limit: Int, _ options: SearchOptions
  ) throws(IndexError) -> [[GraphHit]] {
    let plan = try plan(wanted: wanted, options)
    guard count > 0 else { return Array(repeating: [], count: queries.count) }
    let view = view(try KernelSet(options.execution.kernels))
    var found = Array(repeating: [GraphHit](), count: queries.count)
    if plan.isWalked { found = try walk(queries, view, width: plan.width, options) }
    guard let filter = options.filter else { return found }
    let failed = found.indices.filter { found[$0].count < wanted }
    guard !failed.isEmpty else { return found }
    let allowed = (0..<Int32(count)).filter { filter.contains(Int64($0)) }
    let missing = failed.filter { found[$0].count < min(wanted, allowed.count) }
    let repaired = try parallelMap(missing.count, workers: options.execution.workerCount) {
      place throws(IndexError) in
      try options.execution.checkCancellation()
      return view.nearest(queries.row(missing[place]), among: allowed, limit: limit)
    }
    for (query, hits) in zip(missing, repaired) { found[query] = hits }
    return found
  }

  private func plan(wanted: Int, _ options: SearchOptions) throws(IndexError) -> WalkPlan {
    var others = options
    others.efSearch = nil
    try others.requireNoKnobs(of: "a binary HNSW index")
    let efSearch = options.efSearch ?? self.efSearch
    guard efSearch >= 1 else {
      throw IndexError(.invalidArgument, "efSearch must be at least 1, got \(efSearch)")
    }
    return WalkPlan(efSearch: efSearch, wanted: wanted, count: count, filter: options.filter)
  }

  private func walk(
    _ queries: borrowing BinaryBatch, _ view: GraphView, width: Int,
    _ options: SearchOptions
  ) throws(IndexError) -> [[GraphHit]] {
    let workers = options.execution.workerCount
    let ranges = evenRanges(
      queries.count, parts: max(workers, queries.count / Self.taskQueries))
    let isTaken = options.filter.map { filter in { (id: Int32) in filter.contains(Int64(id)) } }
    let starts = cagra?.isBaseLevelOnly == true ? baseLevelEntries() : []
    let parts = try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      try options.execution.checkCancellation()
      let some = queries.rows(ranges[part])
      let entries = (0..<some.count).map { query in
        let start = view.nearest(some.row(query), among: starts, limit: 1).first
        return start.map { GraphEntry(node: $0.id, maxLevel: 0) }
          ?? GraphEntry(node: graph.entryPoint, maxLevel: graph.maxLevel)
      }
      var found: [[GraphHit]] = []
      try view.search(
        some, neighbors: graph.neighbors, offsets: graph.offsets, entries: entries,
        limit: width, where: isTaken
      ) { found.append($1) }
      return found
    }
    return parts.flatMap(\.self)
  }

  /// Nodes scattered over a graph without upper levels.
  private func baseLevelEntries() -> [Int32] {
    let wanted = max(1, min(Int(cagra?.entryCount ?? 1), count))
    var generator = SplitMix64(seed: seed)
    return sampleWithoutReplacement(wanted, of: count, using: &generator).map { Int32($0) }
  }
}
