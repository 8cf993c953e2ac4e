import VicinalCompute

/// How an exhaustive search is cut for the workers: by queries when there are enough of them,
/// otherwise also by blocks of rows, whose results are then merged.
struct ScanTasks {
  private let queryRanges: [Range<Int>]
  private let blockRanges: [Range<Int>]

  /// Queries below which a share of them would leave the widest tile of the kernels empty.
  static let fullTile = 12

  /// Byte products that a worker should at least get: below about a tenth of a millisecond of
  /// work, waking a second thread costs more than it brings.
  private static let worthwhileProducts = 4_000_000.0

  /// - Parameters:
  ///   - queries: Queries of the batch.
  ///   - k: Neighbours per query.
  ///   - blocks: Blocks, or ranks of lists, that each query visits.
  ///   - rowsPerQuery: Rows that a query is compared with, about.
  init(
    queries: Int, k: Int, blocks: Int, rowsPerQuery: Int, dimension: Int, workers: Int,
    minimumQueries: Int = Self.fullTile
  ) {
    let products = Double(queries) * Double(rowsPerQuery) * Double(dimension)
    let workers = max(1, min(workers, Int(min(products / Self.worthwhileProducts, 1e6))))
    let most = BlockScan.mostQueries(k: k)
    let needed = (queries + most - 1) / most
    queryRanges =
      needed > workers
      ? evenRanges(queries, parts: needed)
      : evenRanges(queries, parts: workers, minimum: minimumQueries)
    let parts = queryRanges.isEmpty ? 1 : (workers + queryRanges.count - 1) / queryRanges.count
    let cut = evenRanges(blocks, parts: parts)
    blockRanges = cut.isEmpty ? [0..<0] : cut
  }

  var count: Int { queryRanges.count * blockRanges.count }

  subscript(task: Int) -> (queries: Range<Int>, blocks: Range<Int>) {
    (queryRanges[task / blockRanges.count], blockRanges[task % blockRanges.count])
  }

  /// The results of all tasks, grouped by the queries they share.
  func groups<Part>(_ parts: [Part]) -> [[Part]] {
    queryRanges.indices.map {
      Array(parts[$0 * blockRanges.count..<($0 + 1) * blockRanges.count])
    }
  }
}
