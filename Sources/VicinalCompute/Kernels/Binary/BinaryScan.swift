package import VicinalCore

/// Compares some binary queries with block after block of rows and keeps the `k` nearest of each,
/// or all within a radius.
///
/// Goals, in this order: exact results, ties by id; few passes over the rows. Each query has a
/// limit, the k-th best distance so far, and kernels hand back only rows within it.
package struct BinaryScan: Sendable {
  /// A row and its distance; ordered by distance, ties by id.
  private struct Hit: Sendable, Comparable {
    let distance: Int32
    let id: Int64

    static func < (a: Hit, b: Hit) -> Bool {
      a.distance != b.distance ? a.distance < b.distance : a.id < b.id
    }
  }

  /// What one query has found.
  private struct Best: Sendable {
    /// Largest distance that may still be among the results.
    var limit: Int32
    var hits: [Hit] = []
    /// Whether there were `k` hits before, so that `limit` is the distance of one.
    var isFull = false

    /// Drops all but the `k` best hits.
    mutating func settle(_ k: Int, isAscending: Bool) {
      hits.sort()
      hits.removeLast(hits.count - k)
      // Where ids ascend, a later row of the same distance loses the tie.
      limit = hits[k - 1].distance - (isAscending ? 1 : 0)
      isFull = true
    }
  }

  private let k: Int?
  private let isAscending: Bool
  private let kernels: KernelSet
  private var best: [Best]
  private var found = RowsWithin(capacity: Self.blockRows)

  /// Rows compared at a time: few enough that they stay in the first cache while all queries
  /// read them, and that limits come down soon.
  private static let blockRows = 256

  /// Finds the `k` nearest rows of each of `queryCount` queries.
  ///
  /// - Parameters:
  ///   - queryCount: Queries.
  ///   - k: Neighbours per query, at least 1.
  ///   - dimension: Bits per row.
  ///   - isAscending: Whether the ids of the rows to come ascend.
  ///   - kernels: Instruction set.
  package init(
    queryCount: Int, k: Int, dimension: Int, isAscending: Bool, kernels: KernelSet
  ) {
    self.k = max(1, k)
    self.isAscending = isAscending
    self.kernels = kernels
    best = Array(repeating: Best(limit: Int32(clamping: dimension)), count: queryCount)
  }

  /// Finds all rows nearer than `radius` to each of `queryCount` queries.
  package init(queryCount: Int, radius: Int32, kernels: KernelSet) {
    k = nil
    isAscending = false
    self.kernels = kernels
    best = Array(repeating: Best(limit: radius > 0 ? radius - 1 : -1), count: queryCount)
  }

  /// Queries that are compared with so many rows in about a tenth of a second: work that may be
  /// cancelled is cut after them.
  package static func membersAtOnce(rows: Int, codeSize: Int) -> Int {
    max(16, (1 << 30) / max(1, rows) / max(1, codeSize))
  }

  /// Compares rows with queries.
  ///
  /// - Parameters:
  ///   - rows: Rows of the queries' size.
  ///   - count: Rows.
  ///   - queries: All queries of this scan.
  ///   - members: Which of them to compare.
  ///   - allowed: One bit per row, or `nil` for all.
  ///   - id: The id of a row, asked for few of them.
  package mutating func scan(
    _ rows: RawSpan, count: Int, queries: borrowing BinaryBatch, members: [Int32],
    allowed: [UInt32]?, id: (Int) -> Int64
  ) {
    let size = queries.codeSize
    var first = 0
    while first < count {
      let length = min(Self.blockRows, count - first)
      let part = rows.extracting(first * size..<(first + length) * size)
      for member in members {
        let number = Int(member)
        let limit = best[number].limit
        guard limit >= 0 else { continue }
        kernels.hammingRows(
          within: limit, of: queries.row(number), among: part, count: length, into: &found)
        take(first, number, allowed, id)
      }
      first += length
    }
  }

  private mutating func take(
    _ first: Int, _ query: Int, _ allowed: [UInt32]?, _ id: (Int) -> Int64
  ) {
    for place in 0..<found.count {
      let row = first + Int(found.numbers[place])
      if let allowed, allowed[row >> 5] >> UInt32(row & 31) & 1 == 0 { continue }
      best[query].hits.append(Hit(distance: found.distances[place], id: id(row)))
    }
    guard let k, best[query].hits.count >= k else { return }
    // The first k hits set a limit at once; later ones are gathered before they are sorted.
    if !best[query].isFull || best[query].hits.count > k + k / 2 + 16 {
      best[query].settle(k, isAscending: isAscending)
    }
  }

  /// The nearest rows, best first, padded.
  package consuming func neighbors() -> Neighbors {
    let k = k ?? 1
    var result = Neighbors(empty: best.count, k: k, metric: .l2)
    for query in best.indices {
      best[query].hits.sort()
      for (place, hit) in best[query].hits.prefix(k).enumerated() {
        result.distances[query * k + place] = Float(hit.distance)
        result.ids[query * k + place] = hit.id
      }
    }
    return result
  }

  /// All rows within the radius, best first.
  package consuming func rangeNeighbors() -> RangeNeighbors {
    var result = RangeNeighbors(limits: [0], distances: [], ids: [])
    for query in best.indices {
      best[query].hits.sort()
      result.distances += best[query].hits.map { Float($0.distance) }
      result.ids += best[query].hits.map(\.id)
      result.limits.append(result.ids.count)
    }
    return result
  }
}
