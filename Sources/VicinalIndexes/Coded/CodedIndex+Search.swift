import VicinalCoding
import VicinalCompute
public import VicinalCore

extension CodedIndex: RangeSearchable {
  /// Finds the `k` nearest codes of each query.
  ///
  /// - Complexity: O(queries · count · codeSize / workers).
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let wanted = max(1, min(k, count))
    let tasks = tasks(queries.count, k: wanted, options)
    let kernels = try KernelSet(options.execution.kernels)
    let parts = try scan(queries, tasks, options) { members, visit throws(IndexError) in
      var found = Neighbors(empty: members.count, k: wanted, metric: metric)
      var hits = HitCollector(
        k: wanted, metric: metric, kernels: kernels)
      for (place, query) in members.enumerated() {
        try visit(query, &hits)
        hits.drain(into: &found, query: place)
      }
      return found
    }
    var merged = Neighbors(empty: 0, k: wanted, metric: metric)
    for group in tasks.groups(parts) { merged.append(Neighbors.merging(group, metric: metric)) }
    return merged.widened(to: k, metric: metric)
  }

  /// Finds every code within the radius.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    guard !radius.isNaN else {
      throw IndexError(.invalidArgument, "a radius must be a number, got NaN")
    }
    let tasks = tasks(queries.count, k: 1, options)
    let parts = try scan(queries, tasks, options) { members, visit throws(IndexError) in
      var found = RangeNeighbors(limits: [0], distances: [], ids: [])
      var hits = HitCollector(radius: radius, metric: metric)
      for query in members {
        try visit(query, &hits)
        hits.drain(into: &found)
      }
      return found
    }
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for group in tasks.groups(parts) {
      merged.append(RangeNeighbors.merging(group, metric: metric))
    }
    return merged
  }

  private func tasks(_ queries: Int, k: Int, _ options: SearchOptions) -> ScanTasks {
    ScanTasks(
      queries: queries, k: k, blocks: chunks.count, rowsPerQuery: count, dimension: dimension,
      workers: options.execution.workerCount, minimumQueries: 1)
  }

  private func scan<Part>(
    _ queries: borrowing VectorBatch, _ tasks: ScanTasks, _ options: SearchOptions,
    _ body: (Range<Int>, (Int, inout HitCollector) throws(IndexError) -> Void)
      throws(IndexError) -> Part
  ) throws(IndexError) -> [Part] {
    try options.requireNone(options.probes, "probes (nprobe)", "a flat index of codes")
    try options.requireNone(options.efSearch, "efSearch", "a flat index of codes")
    try options.requireNoCoarseKnobs(of: "a flat index of codes")
    try options.requireNone(options.maxCodes, "maxCodes (max_codes)", "a flat index of codes")
    try options.requireNone(
      options.refineFactor, "refineFactor (k_factor)", "a flat index of codes")
    let kernels = try KernelSet(options.execution.kernels)
    let scanOptions = options.scanOptions(over: scanOptions)
    return try parallelMap(tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, blocks) = tasks[task]
      var scan = try CodeScan(
        codec, metric: metric, options: scanOptions, filter: options.filter, kernels: kernels)
      return try body(members) { query, hits throws(IndexError) in
        try options.execution.checkCancellation()
        scan.scanner.begin(query: queries.row(query))
        for block in blocks {
          let codes = chunks[block]
          scan.scan(
            codes.bytes.bytes, count: codes.count, &hits, isAscending: true,
            RowNames(from: Int64(block * chunkCodes)))
        }
      }
    }
  }
}
