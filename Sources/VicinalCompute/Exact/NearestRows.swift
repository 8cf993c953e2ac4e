package import VicinalCore

/// The nearest of a fixed set of rows, for many queries: what k-means and coarse quantizers ask.
///
/// Exact, by an int8 first pass with a certified bound (see ``BlockScan``). Few rows in few
/// dimensions, where that has nothing to save, can all be compared in float (``SubspaceCentroids``).
package struct NearestRows: Sendable {
  let block: RowBlock
  let metric: Metric
  let centre: [Float]
  let kernels: KernelSet
  /// The rows in another order, in place of `block`.
  private let short: SubspaceCentroids?

  /// Whether comparing in float is faster under L2: measured for 8 to 128 dimensions and 256 to
  /// 16,384 rows with AVX2 and AVX-512 (Zen 5, 2026-11-21).
  private static func isShort(_ rows: borrowing VectorBatch) -> Bool {
    rows.count > 0 && (rows.dimension <= 8 || rows.values.count <= 16_384)
  }

  /// Queries that one task takes: enough to fill tiles, few enough for the cache.
  private static let taskQueries = 480

  /// Prepares the rows.
  ///
  /// - Parameter isRoundingFree: Whether values may differ from those of ``BlockScan`` in their last
  ///   bits, and nearly equal rows may change places, which makes few rows in few dimensions faster.
  package init(
    rows: borrowing VectorBatch, metric: Metric, kernels: KernelSet, isRoundingFree: Bool = false
  ) {
    self.kernels = kernels
    self.metric = metric
    if isRoundingFree, metric == .l2, Self.isShort(rows) {
      short = SubspaceCentroids(rows.values, subspaces: 1, subdimension: rows.dimension)
      centre = []
      block = RowBlock(dimension: rows.dimension)
      return
    }
    short = nil
    centre = mean(of: rows, atMost: 4096)
    var block = RowBlock(dimension: rows.dimension)
    if rows.dimension <= Int8Panels.largestDimension {
      block.panels = Int8Panels(centre: centre, isL2: metric == .l2)
    }
    block.append(rows.values, kernels: kernels)
    self.block = block
  }

  /// The nearest row of each query and its value; −1 only if there are no rows.
  ///
  /// - Parameter guesses: For each query the number of a row that may be near, which makes a search
  ///   shorter if it is and changes no answer; what is no row is no guess.
  package func assign(
    _ queries: borrowing VectorBatch, guesses: [Int64] = [], execution: Execution
  ) throws(IndexError) -> (ids: [Int64], values: [Float]) {
    let parts = evenRanges(
      queries.count, parts: max(1, (queries.count + Self.taskQueries - 1) / Self.taskQueries))
    let results = try parallelMap(parts.count, workers: execution.workerCount) {
      part throws(IndexError) in
      try execution.checkCancellation()
      if let short { return compare(queries.rows(parts[part]), with: short) }
      var scan = BlockScan(
        queries.rows(parts[part]), k: 1, metric: metric, centre: centre, kernels: kernels
      ) { Int64($1) }
      if guesses.count == queries.count { scan.expect(guesses[parts[part]], of: block) }
      let all = (0..<parts[part].count).map(Int32.init)
      scan.scan(block, number: 0, members: all.span, allowed: nil)
      return scan.nearest()
    }
    var ids: [Int64] = []
    var values: [Float] = []
    ids.reserveCapacity(queries.count)
    values.reserveCapacity(queries.count)
    for result in results {
      ids += result.ids
      values += result.values
    }
    return (ids, values)
  }

  private func compare(
    _ queries: borrowing VectorBatch, with rows: SubspaceCentroids
  ) -> (ids: [Int64], values: [Float]) {
    var numbers = [Int32](repeating: 0, count: queries.count)
    var values = [Float](repeating: 0, count: queries.count)
    var numberSpan = numbers.mutableSpan
    var valueSpan = values.mutableSpan
    rows.findNearest(queries, kernels: kernels, into: &numberSpan, distances: &valueSpan)
    return (numbers.map(Int64.init), values)
  }
}
