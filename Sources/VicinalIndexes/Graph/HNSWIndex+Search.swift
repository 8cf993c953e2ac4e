import VicinalCoding
import VicinalCompute
public import VicinalCore

extension HNSWIndex: RangeSearchable {
  /// Finds the `k` nearest vectors of each query, up to the recall of the graph.
  ///
  /// There are always `k` results if there are as many vectors: where links lead to fewer, the walk
  /// goes on from vectors that it did not reach.
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
    if let found = try searchFew(queries, k: k, options) { return found }
    let hits = try hits(
      queries, wanted: wanted, limit: wanted, compared: WalkPlan.compared(wanted), options)
    var found = Neighbors(empty: queries.count, k: k, metric: metric)
    for (query, hits) in hits.enumerated() {
      for (place, hit) in hits.prefix(k).enumerated() {
        found.distances[query * k + place] = hit.value
        found.ids[query * k + place] = Int64(hit.id)
      }
    }
    return found
  }

  /// Compares all vectors, exactly, where a walk would come to most of them; `nil` where it would not.
  private func searchFew(
    _ queries: borrowing VectorBatch, k: Int, _ options: SearchOptions
  ) throws(IndexError) -> Neighbors? {
    guard coded == nil, options.filter == nil, options.avoidedNodes == nil,
      !options.endsWalksAtEfSearch
    else { return nil }
    let width = try plan(wanted: max(1, min(k, count)), options).width
    guard count <= width * Self.mostFew, count <= FewRows.most(dimension: dimension) else {
      return nil
    }
    return try FlatIndex(rows: rows).search(
      queries, k: k, options: SearchOptions(execution: options.execution))
  }

  /// Vectors for each candidate of a walk up to which all are compared.
  private static let mostFew = 8

  /// Finds vectors within the radius among the efSearch nearest that a walk finds: an
  /// approximation from below, complete only if efSearch exceeds the number of results well.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    guard !radius.isNaN else {
      throw IndexError(.invalidArgument, "a radius must be a number, got NaN")
    }
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for hits in try hits(queries, wanted: 1, limit: count, compared: count, options) {
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

  /// The best rows of each query, best first.
  ///
  /// - Parameters:
  ///   - wanted: Hits without which a filtered walk is taken to have failed.
  ///   - limit: Hits kept when all vectors of a filter are compared.
  ///   - compared: Candidates of a walk that are compared in float.
  private func hits(
    _ queries: borrowing VectorBatch, wanted: Int, limit: Int, compared: Int,
    _ options: SearchOptions
  ) throws(IndexError) -> [[GraphHit]] {
    let plan = try plan(wanted: wanted, options)
    guard graph.entryPoint >= 0 else { return Array(repeating: [], count: queries.count) }
    let view = view(
      try KernelSet(options.execution.kernels),
      coded.map { options.scanOptions(over: $0.scanOptions) })
    var found: [[GraphHit]]
    if plan.isWalked {
      found = try walk(
        queries, view, width: plan.width, wanted: wanted, compared: compared, options)
    } else {
      found = Array(repeating: [], count: queries.count)
    }
    guard let filter = options.filter else { return found }
    let failed = found.indices.filter { found[$0].count < wanted }
    guard !failed.isEmpty else { return found }
    let allowed = (0..<Int32(count)).filter { filter.contains(Int64($0)) }
    let missing = failed.filter { found[$0].count < min(wanted, allowed.count) }
    let repaired = try parallelMap(missing.count, workers: options.execution.workerCount) {
      place throws(IndexError) in
      try options.execution.checkCancellation()
      return try view.nearest(queries.row(missing[place]), among: allowed, limit: limit)
    }
    for (query, hits) in zip(missing, repaired) { found[query] = hits }
    return found
  }

  private func walk(
    _ queries: borrowing VectorBatch, _ view: GraphView, width: Int, wanted: Int, compared: Int,
    _ options: SearchOptions
  ) throws(IndexError) -> [[GraphHit]] {
    let isTaken = options.filter.map { filter in { (id: Int32) in filter.contains(Int64(id)) } }
    let isShort = options.endsWalksAtEfSearch && options.filter == nil
    let mostNearer = isShort ? options.efSearch ?? efSearch : .max
    let avoided = options.avoidedNodes.flatMap { $0.count == queries.count ? $0[...] : nil } ?? []
    func walk(_ part: Range<Int>) throws(IndexError) -> [[GraphHit]] {
      try options.execution.checkCancellation()
      var found = [[GraphHit]](repeating: [], count: part.count)
      try view.search(
        queries.rows(part), neighbors: graph.neighbors, offsets: graph.offsets,
        entry: GraphEntry(node: graph.entryPoint, maxLevel: graph.maxLevel), limit: width,
        mostNearer: mostNearer, avoided: avoided.isEmpty ? [] : avoided[part],
        wanted: wanted, taken: compared, where: isTaken
      ) { found[$0] = $1 }
      return found
    }
    if queries.count == 1 { return try walk(0..<1) }
    let workers = options.execution.workerCount
    let ranges = evenRanges(
      queries.count, parts: max(workers, queries.count / Self.taskQueries))
    return try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      try walk(ranges[part])
    }.flatMap(\.self)
  }
}
