import VicinalCompute
import VicinalCore

/// How an exhaustive search is cut for the workers: by queries when there are enough of them,
/// otherwise also by blocks of rows, whose results are then merged.
struct ScanTasks {
  // Numbers rather than lists of ranges: a search of one query should not wait for memory.
  private let queries: Int
  private let queryParts: Int
  private let blocks: Int
  private let blockParts: Int

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
    self.queries = queries
    self.blocks = blocks
    queryParts =
      needed > workers
      ? Self.parts(queries, atMost: needed)
      : Self.parts(queries, atMost: workers, minimum: minimumQueries)
    let parts = queryParts == 0 ? 1 : (workers + queryParts - 1) / queryParts
    blockParts = max(1, Self.parts(blocks, atMost: parts))
  }

  /// Into how many parts ``VicinalCompute/evenRanges(_:parts:minimum:)`` cuts.
  private static func parts(_ count: Int, atMost parts: Int, minimum: Int = 1) -> Int {
    count > 0 ? max(1, min(parts, count / max(1, minimum))) : 0
  }

  var count: Int { queryParts * blockParts }

  subscript(task: Int) -> (queries: Range<Int>, blocks: Range<Int>) {
    let (part, blockPart) = (task / blockParts, task % blockParts)
    return (
      queries * part / queryParts..<queries * (part + 1) / queryParts,
      blocks * blockPart / blockParts..<blocks * (blockPart + 1) / blockParts
    )
  }

  /// The results of all tasks, grouped by the queries they share.
  func groups<Part>(_ parts: [Part]) -> [[Part]] {
    (0..<queryParts).map { Array(parts[$0 * blockParts..<($0 + 1) * blockParts]) }
  }

  /// The results of all tasks, one query after the other.
  func merged(_ parts: [Neighbors], k: Int, metric: Metric) -> Neighbors {
    if parts.count == 1 { return parts[0] }
    var merged = Neighbors(empty: 0, k: k, metric: metric)
    for group in groups(parts) { merged.append(Neighbors.merging(group, metric: metric)) }
    return merged
  }
}
