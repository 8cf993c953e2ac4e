import VicinalCompute
public import VicinalCore

extension FlatIndex: RangeSearchable {
  /// Finds the `k` nearest vectors of each query, exactly.
  ///
  /// - Complexity: O(queries · count · dimension / workers); about a quarter of the memory of
  ///   the vectors is read once per group of queries that fits the cache.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    try options.requireNoKnobs(of: "a flat index")
    // Places beyond the number of vectors stay empty; they need no room while searching.
    let wanted = max(1, min(k, count))
    if let found = try searchFew(queries, k: k, wanted: wanted, options) { return found }
    let tasks = ScanTasks(
      queries: queries.count, k: wanted, blocks: rows.blocks.count, rowsPerQuery: count,
      dimension: dimension, workers: options.execution.workerCount)
    let parts = try scan(queries, k: wanted, radius: nil, tasks, options) { $0.neighbors() }
    return tasks.merged(parts, k: wanted, metric: metric).widened(to: k, metric: metric)
  }

  /// The same for a single query and few vectors, without the preparations that only many pay for;
  /// `nil` if they are many.
  private func searchFew(
    _ queries: borrowing VectorBatch, k: Int, wanted: Int, _ options: SearchOptions
  ) throws(IndexError) -> Neighbors? {
    guard queries.count == 1, options.filter == nil,
      count <= FewRows.most(dimension: dimension), wanted <= FewRows.mostWanted
    else { return nil }
    try options.execution.checkCancellation()
    var best = FewRows(
      k: k, wanted: wanted, metric: metric, kernels: try KernelSet(options.execution.kernels))
    for number in rows.blocks.indices {
      best.compare(
        queries.values, with: rows.blocks.span[number].rows, count: rows.blocks.span[number].count,
        ids: ByteStorage(), firstID: Int64(number) << Int64(rows.shift))
    }
    return best.isWhole ? best.found : nil
  }

  /// Finds every vector within the radius, exactly.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    try options.requireNoKnobs(of: "a flat index")
    guard !radius.isNaN else {
      throw IndexError(.invalidArgument, "a radius must be a number, got NaN")
    }
    let tasks = ScanTasks(
      queries: queries.count, k: 1, blocks: rows.blocks.count, rowsPerQuery: count,
      dimension: dimension, workers: options.execution.workerCount)
    let parts = try scan(queries, k: 0, radius: radius, tasks, options) { $0.rangeNeighbors() }
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for group in tasks.groups(parts) {
      merged.append(RangeNeighbors.merging(group, metric: metric))
    }
    return merged
  }

  /// Queries that are compared with so many rows in about a tenth of a second.
  private func membersAtOnce(rows: Int) -> Int {
    // Numbers compared: metrics without a product of matrices are slower by an order of magnitude.
    let most = metric == .l2 || metric == .innerProduct ? 1 << 31 : 1 << 27
    return max(16, most / max(1, rows * dimension))
  }

  private func scan<Part>(
    _ queries: borrowing VectorBatch, k: Int, radius: Float?, _ tasks: ScanTasks,
    _ options: SearchOptions, _ finish: (borrowing BlockScan) -> Part
  ) throws(IndexError) -> [Part] {
    let kernels = try KernelSet(options.execution.kernels)
    let shift = Int64(rows.shift)
    let masks = options.filter.map { filter in
      rows.blocks.indices.map { block in
        filter.mask(of: rows.blocks[block].count) { Int64(block) << shift | Int64($0) }
      }
    }
    return try parallelMap(tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, blocks) = tasks[task]
      var scan = BlockScan(
        queries.rows(members), k: k, radius: radius, metric: metric, centre: rows.centre,
        kernels: kernels
      ) { Int64($0) << shift | Int64($1) }
      let all = (0..<members.count).map(Int32.init)
      for block in blocks {
        // All at once, unless somebody may want to end it before.
        let isWhole = options.execution.isCancelled == nil
        let parts =
          isWhole ? 1 : all.count / membersAtOnce(rows: rows.blocks[block].count)
        for part in evenRanges(all.count, parts: parts) {
          try options.execution.checkCancellation()
          scan.scan(
            rows.blocks[block], number: block,
            members: all.span.extracting(part), allowed: masks?[block])
        }
      }
      return finish(scan)
    }
  }
}
