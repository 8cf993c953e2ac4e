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
      var hits = (0..<min(Self.groupQueries, members.count)).map { _ in
        HitCollector(k: wanted, metric: metric, kernels: kernels)
      }
      for group in Self.groups(members) {
        try visit(group, &hits)
        for (place, query) in group.enumerated() {
          hits[place].drain(into: &found, query: query - members.lowerBound)
        }
      }
      return found
    }
    return tasks.merged(parts, k: wanted, metric: metric).widened(to: k, metric: metric)
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
    let kernels = try KernelSet(options.execution.kernels)
    let parts = try scan(queries, tasks, options) { members, visit throws(IndexError) in
      var found = RangeNeighbors(limits: [0], distances: [], ids: [])
      var hits = (0..<min(Self.groupQueries, members.count)).map { _ in
        HitCollector(radius: radius, metric: metric, kernels: kernels)
      }
      for group in Self.groups(members) {
        try visit(group, &hits)
        for place in 0..<group.count { hits[place].drain(into: &found) }
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

  /// Queries that are compared with a piece of the codes while it is in the caches.
  private static var groupQueries: Int { 8 }

  private static func groups(_ members: Range<Int>) -> [Range<Int>] {
    stride(from: members.lowerBound, to: members.upperBound, by: groupQueries).map {
      $0..<min($0 + groupQueries, members.upperBound)
    }
  }

  /// Runs `body` for each task, with a function that shows the task's codes to the collectors of a
  /// group of queries.
  private func scan<Part>(
    _ queries: borrowing VectorBatch, _ tasks: ScanTasks, _ options: SearchOptions,
    _ body: (Range<Int>, (Range<Int>, inout [HitCollector]) throws(IndexError) -> Void)
      throws(IndexError) -> Part
  ) throws(IndexError) -> [Part] {
    try options.requireNone(options.probes, "probes (nprobe)", "a flat index of codes")
    try options.requireNone(options.efSearch, "efSearch", "a flat index of codes")
    try options.requireNoCoarseKnobs(of: "a flat index of codes")
    try options.requireNone(options.maxCodes, "maxCodes (max_codes)", "a flat index of codes")
    try options.requireNoRefinement(of: "a flat index of codes")
    let kernels = try KernelSet(options.execution.kernels)
    let scanOptions = options.scanOptions(over: scanOptions)
    return try parallelMap(tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, blocks) = tasks[task]
      var scans: [CodeScan] = []
      for _ in 0..<min(Self.groupQueries, members.count) {
        scans.append(
          try CodeScan(
            codec, metric: metric, options: scanOptions, filter: options.filter, kernels: kernels))
      }
      return try body(members) { group, hits throws(IndexError) in
        try options.execution.checkCancellation()
        for (place, query) in group.enumerated() {
          scans[place].scanner.begin(query: queries.row(query))
        }
        for block in blocks {
          let codes = chunks[block]
          for piece in scans[0].pieces(codes.count) {
            for place in 0..<group.count {
              scans[place].scan(
                codes.bytes.bytes, piece, &hits[place], isAscending: true,
                RowNames(from: Int64(block * chunkCodes)))
            }
          }
        }
      }
    }
  }
}
