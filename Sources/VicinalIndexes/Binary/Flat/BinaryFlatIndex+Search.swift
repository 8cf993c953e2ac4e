import VicinalCompute
public import VicinalCore

extension BinaryFlatIndex: BinaryRangeSearchable {
  /// Finds the `k` nearest vectors of each query, exactly.
  ///
  /// - Complexity: O(queries · count · dimension / workers).
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    try options.requireNoKnobs(of: "a flat index")
    let wanted = max(1, min(k, count))
    let tasks = scanTasks(queries.count, k: wanted, options)
    let parts = try scan(queries, tasks, options) { members, kernels in
      BinaryScan(
        queryCount: members, k: wanted, dimension: dimension, isAscending: true, kernels: kernels)
    }
    var merged = Neighbors(empty: 0, k: wanted, metric: .l2)
    for group in tasks.groups(parts.map { $0.neighbors() }) {
      merged.append(Neighbors.merging(group, metric: .l2))
    }
    return merged.widened(to: k, metric: .l2)
  }

  /// Finds every vector within the radius, exactly.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    try options.requireNoKnobs(of: "a flat index")
    let tasks = scanTasks(queries.count, k: 1, options)
    let limit = clampedRadius(radius)
    let parts = try scan(queries, tasks, options) { members, kernels in
      BinaryScan(queryCount: members, radius: limit, kernels: kernels)
    }
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for group in tasks.groups(parts.map { $0.rangeNeighbors() }) {
      merged.append(RangeNeighbors.merging(group, metric: .l2))
    }
    return merged
  }

  private func scanTasks(_ queries: Int, k: Int, _ options: SearchOptions) -> ScanTasks {
    // Comparing eight bits costs about as much as comparing one float elsewhere.
    ScanTasks(
      queries: queries, k: k, blocks: rows.chunks.count, rowsPerQuery: count, dimension: codeSize,
      workers: options.execution.workerCount)
  }

  private func scan(
    _ queries: borrowing BinaryBatch, _ tasks: ScanTasks, _ options: SearchOptions,
    _ makeScan: (Int, KernelSet) -> BinaryScan
  ) throws(IndexError) -> [BinaryScan] {
    let kernels = try KernelSet(options.execution.kernels)
    let shift = Int64(rows.shift)
    let masks = options.filter.map { filter in
      rows.chunks.indices.map { chunk in
        filter.mask(of: rows.rowCount(ofChunk: chunk)) { Int64(chunk) << shift | Int64($0) }
      }
    }
    return try parallelMap(tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, chunks) = tasks[task]
      let part = queries.rows(members)
      var scan = makeScan(members.count, kernels)
      let all = (0..<members.count).map(Int32.init)
      for chunk in chunks {
        let content = rows.chunks[chunk]
        let count = rows.rowCount(ofChunk: chunk)
        let step =
          options.execution.isCancelled == nil
          ? all.count : BinaryScan.membersAtOnce(rows: count, codeSize: codeSize)
        for first in stride(from: 0, to: all.count, by: max(1, step)) {
          try options.execution.checkCancellation()
          scan.scan(
            content.bytes, count: count, queries: part,
            members: Array(all[first..<min(all.count, first + step)]), allowed: masks?[chunk]
          ) { Int64(chunk) << shift | Int64($0) }
        }
      }
      return scan
    }
  }
}
