import VicinalCompute
public import VicinalCore

extension BinaryIVFIndex: BinaryRangeSearchable {
  /// Finds the `k` nearest vectors of each query among the lists of its `probes` nearest cells.
  ///
  /// - Complexity: O(queries · (listCount + probes · count / listCount) · dimension / workers).
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let wanted = max(1, min(k, count))
    let plan = try probePlan(queries, k: wanted, options)
    let parts = try scan(queries, plan, options) { members, kernels in
      // Ids do not ascend from list to list.
      BinaryScan(
        queryCount: members, k: wanted, dimension: dimension, isAscending: false, kernels: kernels)
    }
    var merged = Neighbors(empty: 0, k: wanted, metric: .l2)
    for group in plan.tasks.groups(parts.map { $0.neighbors() }) {
      merged.append(Neighbors.merging(group, metric: .l2))
    }
    return merged.widened(to: k, metric: .l2)
  }

  /// Finds every vector within the radius among the visited lists.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    let plan = try probePlan(queries, k: 1, options)
    let limit = clampedRadius(radius)
    let parts = try scan(queries, plan, options) { members, kernels in
      BinaryScan(queryCount: members, radius: limit, kernels: kernels)
    }
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for group in plan.tasks.groups(parts.map { $0.rangeNeighbors() }) {
      merged.append(RangeNeighbors.merging(group, metric: .l2))
    }
    return merged
  }

  /// Which lists each query visits, and how that is cut for the workers.
  private struct ProbePlan {
    let probes: Int
    /// `queries × probes` list numbers, nearest first; −1 where a graph found fewer.
    let lists: [Int64]
    let tasks: ScanTasks
  }

  private func probePlan(
    _ queries: borrowing BinaryBatch, k: Int, _ options: SearchOptions
  ) throws(IndexError) -> ProbePlan {
    try options.requireNone(options.efSearch, "efSearch", "an inverted file")
    try options.requireNone(options.maxCodes, "maxCodes (max_codes)", "a binary inverted file")
    try options.requireNoCodecKnobs(of: "a binary inverted file")
    try options.requireNone(
      options.coarseProbes, "coarseProbes (quantizer nprobe)", "a binary inverted file")
    guard options.probes ?? 1 >= 1 else {
      throw IndexError(
        .invalidArgument, "probes (nprobe) must be at least 1, got \(options.probes ?? 0)")
    }
    if let value = options.coarseEfSearch, !(coarse is any BinaryGraphSearching) {
      throw IndexError(
        .unsupported,
        "coarseEfSearch (quantizer_efSearch) was set to \(value), but the cells of this inverted"
          + " file are found by exact search")
    }
    let probes = min(options.probes ?? probes, listCount)
    let coarseOptions = SearchOptions(
      efSearch: options.coarseEfSearch, execution: options.execution)
    let ratio = try CellRatio(options.cellRatio ?? cellRatio)
    var cells = try coarse.search(queries, k: probes, options: coarseOptions)
    ratio.thin(&cells, probes: probes, metric: .l2)
    return ProbePlan(
      probes: probes, lists: cells.ids,
      tasks: ScanTasks(
        queries: queries.count, k: k, blocks: probes, rowsPerQuery: count / listCount * probes,
        dimension: codeSize, workers: options.execution.workerCount, minimumQueries: 1))
  }

  private func scan(
    _ queries: borrowing BinaryBatch, _ plan: ProbePlan, _ options: SearchOptions,
    _ makeScan: (Int, KernelSet) -> BinaryScan
  ) throws(IndexError) -> [BinaryScan] {
    let kernels = try KernelSet(options.execution.kernels)
    return try parallelMap(plan.tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, ranks) = plan.tasks[task]
      let part = queries.rows(members)
      var scan = makeScan(members.count, kernels)
      // The nearest lists of all queries come first: they bring the limits down.
      let first = ranks.lowerBound..<min(ranks.lowerBound + 1, ranks.upperBound)
      for some in [first, first.upperBound..<ranks.upperBound] where !some.isEmpty {
        try visit(some, of: members, part, plan, options, &scan)
      }
      return scan
    }
  }

  /// Scans list by list, each once for all queries that visit it.
  private func visit(
    _ ranks: Range<Int>, of members: Range<Int>, _ queries: borrowing BinaryBatch,
    _ plan: ProbePlan, _ options: SearchOptions, _ scan: inout BinaryScan
  ) throws(IndexError) {
    var visits: [(list: Int32, query: Int32)] = []
    visits.reserveCapacity(members.count * ranks.count)
    for (query, member) in members.enumerated() {
      for rank in ranks {
        let list = plan.lists[member * plan.probes + rank]
        guard list >= 0, list < listCount else { continue }
        visits.append((Int32(list), Int32(query)))
      }
    }
    if members.count > 1 {
      visits.sort { $0.list != $1.list ? $0.list < $1.list : $0.query < $1.query }
    }
    var start = 0
    while start < visits.count {
      let list = lists[Int(visits[start].list)]
      var end = start
      // A list that many queries visit is visited several times, if somebody may want to end it.
      let most =
        options.execution.isCancelled == nil
        ? .max : BinaryScan.membersAtOnce(rows: list.count, codeSize: codeSize)
      while end < visits.count, visits[end].list == visits[start].list, end - start < most {
        end += 1
      }
      defer { start = end }
      try options.execution.checkCancellation()
      guard list.count > 0 else { continue }
      let allowed = options.filter.map { filter in
        filter.mask(of: list.count) { list.id(at: $0) }
      }
      scan.scan(
        list.codes.bytes, count: list.count, queries: queries,
        members: visits[start..<end].map(\.query), allowed: allowed
      ) { list.id(at: $0) }
    }
  }
}
