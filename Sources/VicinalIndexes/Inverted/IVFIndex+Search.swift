import VicinalCompute
public import VicinalCore

extension IVFIndex: RangeSearchable {
  /// Finds the `k` nearest vectors of each query among the lists of its `probes` nearest cells.
  ///
  /// - Complexity: O(queries · (listCount + probes · count / listCount) · dimension / workers).
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    if let paging { return try search(queries, k: k, options, paging) }
    return try search(
      queries, k: k, try probePlan(queries, k: max(1, min(k, count)), options), options)
  }

  /// The same among lists that are chosen already.
  func search(
    _ queries: borrowing VectorBatch, k: Int, _ plan: ProbePlan, _ options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    let wanted = max(1, min(k, count))
    let visited = visited(plan.lists.count)
    if let found = try searchFew(queries, k: k, wanted: wanted, plan, visited, options) {
      return found
    }
    let parts =
      codec == nil
      ? try scan(queries, k: wanted, radius: nil, plan, visited, options) { $0.neighbors() }
      : try scanCodes(queries, k: wanted, plan, visited, options)
    return plan.tasks.merged(parts, k: wanted, metric: metric).widened(to: k, metric: metric)
  }

  /// The same for a single query that visits few vectors, without the preparations that only many
  /// pay for; `nil` if they are many, or codes.
  private func searchFew(
    _ queries: borrowing VectorBatch, k: Int, wanted: Int, _ plan: ProbePlan,
    _ visited: VisitedLists, _ options: SearchOptions
  ) throws(IndexError) -> Neighbors? {
    guard codec == nil, queries.count == 1, options.filter == nil, plan.limits.isEmpty,
      wanted <= FewRows.mostWanted
    else { return nil }
    var few = FewRows.most(dimension: dimension, blocks: plan.probes)
    for list in plan.lists where list >= 0 && list < listCount {
      few -= visited.count(of: Int(list))
    }
    guard few >= 0 else { return nil }
    try options.execution.checkCancellation()
    var best = FewRows(
      k: k, wanted: wanted, metric: metric, kernels: try KernelSet(options.execution.kernels))
    for list in plan.lists where list >= 0 && list < listCount {
      best.compare(
        queries.values, with: lists.span[Int(list)].block.rows, count: lists.span[Int(list)].count,
        ids: lists.span[Int(list)].ids)
    }
    return best.isWhole ? best.found : nil
  }

  /// Finds every vector within the radius among the visited lists.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    let plan = try rangePlan(queries, radius: radius, options)
    let visited = visited(plan.lists.count)
    let parts =
      codec == nil
      ? try scan(queries, k: 0, radius: radius, plan, visited, options) { $0.rangeNeighbors() }
      : try scanCodes(queries, radius: radius, plan, visited, options)
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for group in plan.tasks.groups(parts) {
      merged.append(RangeNeighbors.merging(group, metric: metric))
    }
    return merged
  }

  /// The lists that a range search visits, after its checks.
  func rangePlan(
    _ queries: borrowing VectorBatch, radius: Float, _ options: SearchOptions
  ) throws(IndexError) -> ProbePlan {
    try requireSearchable(queries, k: 1)
    guard !radius.isNaN else {
      throw IndexError(.invalidArgument, "a radius must be a number, got NaN")
    }
    return try probePlan(queries, k: 1, options)
  }

  /// Which lists each query visits, and how that is cut for the workers.
  struct ProbePlan {
    let probes: Int
    /// `queries × probes` list numbers, nearest first; −1 where a graph found fewer.
    let lists: [Int64]
    /// What the coarse quantizer says of each of them.
    let distances: [Float]
    /// How many vectors of each of them are looked at; empty if that is all.
    let limits: [Int32]
    let tasks: ScanTasks

    /// How many vectors of the list at a place of ``lists`` are looked at, of so many.
    func count(at place: Int, of count: Int) -> Int {
      limits.isEmpty ? count : min(count, Int(limits[place]))
    }
  }

  func probePlan(
    _ queries: borrowing VectorBatch, k: Int, _ options: SearchOptions
  ) throws(IndexError) -> ProbePlan {
    try requireListOptions(options)
    guard options.probes ?? 1 >= 1 else {
      throw IndexError(
        .invalidArgument, "probes (nprobe) must be at least 1, got \(options.probes ?? 0)")
    }
    let probes = min(options.probes ?? probes, listCount)
    let ratio = try CellRatio(options.cellRatio ?? cellRatio)
    var cells = try coarse.search(queries, k: probes, options: try coarseOptions(options))
    ratio.thin(&cells, probes: probes, metric: coarse.metric)
    return plan(
      cells.ids, cells.distances, of: queries.count, probes: probes, k: k, options)
  }

  /// What a search of lists can be asked, wherever its lists come from.
  func requireListOptions(_ options: SearchOptions) throws(IndexError) {
    try options.requireNone(options.efSearch, "efSearch", "an inverted file")
    guard options.maxCodes ?? 1 >= 1 else {
      throw IndexError(
        .invalidArgument, "maxCodes (max_codes) must be at least 1, got \(options.maxCodes ?? 0)")
    }
    if codec == nil { try options.requireNoCodecKnobs(of: "an inverted file of floats") }
    try options.requireNoRefinement(of: "an inverted file")
  }

  /// How a search of given lists is cut for the workers.
  func plan(
    _ lists: [Int64], _ distances: [Float], of queryCount: Int, probes: Int, k: Int,
    _ options: SearchOptions
  ) -> ProbePlan {
    ProbePlan(
      probes: probes, lists: lists, distances: distances,
      limits: limits(lists, probes: probes, options.maxCodes ?? maxCodes),
      tasks: ScanTasks(
        queries: queryCount, k: k, blocks: probes, rowsPerQuery: count / listCount * probes,
        dimension: dimension, workers: options.execution.workerCount, minimumQueries: 1))
  }

  /// What the search of cells is asked.
  private func coarseOptions(_ options: SearchOptions) throws(IndexError) -> SearchOptions {
    if let value = options.coarseEfSearch, !(coarse.core is any GraphSearching) {
      throw IndexError(
        .unsupported,
        "coarseEfSearch (quantizer_efSearch) was set to \(value), but the cells of this inverted"
          + " file are not found by a graph")
    }
    if let value = options.coarseProbes, !(coarse.core is IVFIndex) {
      throw IndexError(
        .unsupported,
        "coarseProbes (quantizer_nprobe) was set to \(value), but the cells of this inverted file"
          + " are not found by an inverted file")
    }
    return SearchOptions(
      probes: options.coarseProbes, efSearch: options.coarseEfSearch, execution: options.execution)
  }

  /// How many vectors of each list a query looks at, if it looks at `maxCodes` in all: the last list
  /// that it comes to is cut.
  private func limits(_ cells: [Int64], probes: Int, _ maxCodes: Int?) -> [Int32] {
    guard let maxCodes else { return [] }
    var limits = [Int32](repeating: 0, count: cells.count)
    for start in stride(from: 0, to: cells.count, by: probes) {
      var left = maxCodes
      for place in start..<start + probes {
        let list = cells[place]
        guard list >= 0, list < listCount else { continue }
        let taken = min(left, lists[Int(list)].count)
        limits[place] = Int32(clamping: taken)
        left -= taken
      }
    }
    return limits
  }

  /// - Parameter givesPlaces: Whether hits are named by where they are, list number ≪ 32 | offset,
  ///   instead of by their ids.
  func scan<Part>(
    _ queries: borrowing VectorBatch, k: Int, radius: Float?, _ plan: ProbePlan,
    _ visited: VisitedLists, _ options: SearchOptions, givesPlaces: Bool = false,
    _ finish: (borrowing BlockScan) -> Part
  ) throws(IndexError) -> [Part] {
    let kernels = try KernelSet(options.execution.kernels)
    return try parallelMap(plan.tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, ranks) = plan.tasks[task]
      var scan = BlockScan(
        queries.rows(members), k: k, radius: radius, metric: metric, centre: centre,
        kernels: kernels
      ) { givesPlaces ? DirectMap.location(list: $0, offset: $1) : visited.id(list: $0, at: $1) }
      // The nearest lists of all queries come first: they bring the thresholds down, so that
      // little of the other lists passes. A single query comes to them in this order anyway.
      let first = members.count > 1 ? min(1, ranks.count) : ranks.count
      let middle = ranks.lowerBound + first
      for part in [ranks.lowerBound..<middle, middle..<ranks.upperBound] where !part.isEmpty {
        let visits = ListVisits(
          plan, of: members, ranks: part, listCount: listCount, sizes: visited.count(of:))
        try visit(visits, visited, options, &scan)
      }
      return finish(scan)
    }
  }

  /// Scans list by list, each once for all queries that visit it.
  private func visit(
    _ visits: ListVisits, _ visited: VisitedLists, _ options: SearchOptions, _ scan: inout BlockScan
  ) throws(IndexError) {
    for (number, run) in visits.runs.enumerated() {
      try options.execution.checkCancellation()
      let list = run.list
      let place = visited.place(of: list)
      if number + 1 < visits.runs.count { visited.prefetch(visits.runs[number + 1].list) }
      // A list that is cut is one of which the rest is not allowed.
      let filter = options.filter ?? (run.count < place.count ? .all([]) : nil)
      let allowed = filter?.mask(of: place.count, first: run.count) { lists.span[list].id(at: $0) }
      scan.scan(
        place.block, number: list, members: visits.queries.span.extracting(run.first..<run.end),
        allowed: allowed)
    }
  }
}
