import VicinalCompute
public import VicinalCore

extension HNSWIndex: RangeSearchable {
  /// Finds the `k` nearest vectors of each query, up to the recall of the graph.
  ///
  /// With a filter, nodes that it does not contain are walked over but not returned, and the walk
  /// is widened by the share of nodes that it does contain. Where comparing all of these is less
  /// work, or the walk found fewer than `k` of them, they are all compared, exactly.
  ///
  /// - Parameters:
  ///   - queries: Finite vectors of the index's dimension.
  ///   - k: Neighbours per query; the walk keeps max(k, efSearch) candidates.
  ///   - options: `efSearch`, filter, threads.
  /// - Complexity: about O(queries · log count · efSearch · links · dimension / workers).
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let wanted = max(1, min(k, count))
    let plan = try plan(wanted: wanted, options)
    let parts = try hits(queries, plan, limit: wanted, taken: plan.compared(wanted), options)
    var found = Neighbors(empty: queries.count, k: k, metric: metric)
    for (query, hits) in parts.joined().enumerated() {
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
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    guard !radius.isNaN else {
      throw IndexError(.invalidArgument, "a radius must be a number, got NaN")
    }
    let plan = try plan(wanted: 1, options)
    let parts = try hits(queries, plan, limit: count, taken: plan.width, options)
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for hits in parts.joined() {
      for hit in hits where metric.isBetter(hit.value, than: radius) {
        found.distances.append(hit.value)
        found.ids.append(Int64(hit.id))
      }
      found.limits.append(found.ids.count)
    }
    return found
  }

  /// Queries that one task takes: enough to pay for its memory of visited nodes.
  private static let taskQueries = 32

  private func hits(
    _ queries: borrowing VectorBatch, _ plan: WalkPlan, limit: Int, taken: Int,
    _ options: SearchOptions
  ) throws(IndexError) -> [[[GraphHit]]] {
    let workers = options.execution.workerCount
    let parts = max(workers, queries.count / Self.taskQueries)
    let ranges = evenRanges(queries.count, parts: parts)
    let view = GraphView(
      rows: rows, codes: codes, cumulative: graph.cumulative,
      kernels: try KernelSet(options.execution.kernels))
    return try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      try options.execution.checkCancellation()
      var found: [[GraphHit]] = []
      guard graph.entryPoint >= 0 else { return ranges[part].map { _ in [] } }
      let members = queries.rows(ranges[part])
      if plan.isWalked {
        view.search(
          members, neighbors: graph.neighbors, offsets: graph.offsets,
          entry: GraphEntry(node: graph.entryPoint, maxLevel: graph.maxLevel),
          limit: plan.width, taken: taken, allowed: plan.mask
        ) { found.append($1) }
      }
      guard let allowed = plan.allowed else { return found }
      for query in 0..<members.count {
        if !plan.isWalked {
          found.append(view.nearest(members.row(query), among: allowed, limit: limit))
        } else if found[query].count < min(plan.needed, allowed.count) {
          found[query] = view.nearest(members.row(query), among: allowed, limit: limit)
        }
      }
      return found
    }
  }
}
