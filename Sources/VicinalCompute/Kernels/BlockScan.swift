import CVicinalKernels
package import VicinalCore

/// Exact search of a batch of queries over row blocks, one block after the other.
///
/// Goals, in this order: the answer of a float brute force, whatever path computed it; few bytes
/// read per row and query; memory bounded whatever the data.
///
/// With a companion, rows are scored in int8 with a certified error bound, and only rows that
/// could be among the best are compared in float at the end. Without one, panels are packed on
/// the fly and scored in float, or rows are compared one by one where that is cheaper. A row's
/// label is `block << 32 | row`.
@safe package struct BlockScan: ~Copyable {
  let kernels: KernelSet
  let metric: Metric
  let dimension: Int
  let queryCount: Int
  let k: Int
  /// The queries, row-major.
  let queries: ByteStorage
  let states: TopKStates
  /// Range search: the radius in the metric's own scale.
  let radius: Float?
  let centre: [Float]?
  /// What queries are relative to.
  let queryCentre: [Float]?
  /// Present when blocks may have companions.
  let codes: QueryCodes?
  /// What connects scores with values: a score is (value − shift) / 2 under L2 and
  /// shift − value under inner product.
  let shifts: [Float]
  /// Norms of the queries relative to the centre, rounded up, and how they were quantised.
  let facts: [vcl_query_facts]
  let centreNorm: Float
  /// Queries whose values leave the arithmetic of the bounds; they are compared row by row, and
  /// their score is the value itself, negated for similarities.
  let plain: [Bool]
  /// Whether there are any of these.
  private let hasPlain: Bool
  /// The id of a row, for ties and results.
  let id: (_ block: Int, _ row: Int) -> Int64
  /// The blocks scanned so far; labels refer to positions in this list.
  var scanned: [Int] = []
  /// Where the rows of each scanned block begin.
  var bases: [UnsafeRawPointer] = unsafe []
  /// Rows that were given with a share in them.
  private var kept: [ByteStorage] = []
  var tile: ByteStorage
  /// The queries whose bytes are in ``tile``, if those of a whole call are, and how they lie there:
  /// packing them again for every short list would take longer than scanning it.
  var packed: (members: [Int32], tile: vcl_tile)?
  var scratch = ByteStorage()
  /// For each query the row of the first block that it is bounded by, and what that is worth; empty if
  /// none is. See ``expect(_:of:)``.
  var expected: [(row: Int64, value: Float)] = []

  /// Prepares queries for one worker.
  ///
  /// - Parameters:
  ///   - queries: Finite vectors, unless the metric allows NaN.
  ///   - k: Neighbours wanted, or 0 with a radius.
  ///   - radius: For range search, in the metric's own scale.
  ///   - centre: The centre of the companions of the blocks to come; `nil` if they have none.
  ///   - id: The id of row `row` of block `block`.
  package init(
    _ queries: borrowing VectorBatch, k: Int, radius: Float? = nil, metric: Metric,
    centre: [Float]?, kernels: KernelSet, id: @escaping (_ block: Int, _ row: Int) -> Int64
  ) {
    self.kernels = kernels
    self.metric = metric
    self.radius = radius
    self.id = id
    self.k = k
    dimension = queries.dimension
    queryCount = queries.count
    self.queries = ByteStorage(copying: queries.values.rawBytes)
    let isScored = metric == .l2 || metric == .innerProduct
    let centre = isScored ? centre : nil
    self.centre = centre
    queryCentre = metric == .l2 ? centre : nil
    let codes =
      centre == nil ? nil : QueryCodes(queries, centre: queryCentre, kernels: kernels)
    let scale = QueryScale(queries, metric: metric, centre: centre, codes: codes, kernels: kernels)
    self.codes = codes
    facts =
      codes?.facts
      ?? scale.norms.map {
        vcl_query_facts(scale: 0, norm: $0, residual: 0, code_sum: 0)
      }
    shifts = scale.shifts
    let plain = scale.norms.indices.map { !isScored || !scale.isBounded($0) }
    self.plain = plain
    hasPlain = plain.contains(true)
    centreNorm = scale.centreNorm
    var thresholds: [Float]?
    if let radius {
      thresholds = plain.indices.map {
        scale.threshold(radius: radius, query: $0, isPlain: plain[$0])
      }
    }
    states = TopKStates(count: queries.count, k: k, thresholds: thresholds)
    scanned.reserveCapacity(Self.fewestBlocks)
    unsafe bases.reserveCapacity(Self.fewestBlocks)
    // No larger than needed: for one query, clearing a whole tile would take as long as scanning a list.
    let widest = min(queries.count, Int(VCL_TILE_QUERIES))
    tile = ByteStorage(zeros: widest * (dimension + 3) * 4)
  }

  /// Blocks that there is room for from the first on: as many as lists that a query usually looks at.
  private static let fewestBlocks = 32

  /// Queries that one scan should take at most, so that its states stay within a bounded memory
  /// however large `k` is.
  package static func mostQueries(k: Int) -> Int {
    max(12, stateBytes / TopKStates.bytesPerQuery(k: k))
  }

  private static let stateBytes = 64 << 20

  /// Scans `block` for some of the queries.
  ///
  /// - Parameters:
  ///   - block: Rows with or without a companion; unchanged until the results are taken.
  ///   - number: What `id` is asked with.
  ///   - members: Which queries.
  ///   - allowed: One bit per row, or `nil` when all rows are allowed.
  package mutating func scan(
    _ block: RowBlock, number: Int, members: Span<Int32>, allowed: [UInt32]?
  ) {
    kept.append(block.rows)
    scan(BlockPlace(block), number: number, members: members, allowed: allowed)
  }

  /// The same for a block that somebody else keeps, unchanged, until the results are taken.
  package mutating func scan(
    _ block: BlockPlace, number: Int, members: Span<Int32>, allowed: [UInt32]?
  ) {
    guard block.count > 0, !members.isEmpty, let rows = unsafe block.rows.baseAddress else {
      return
    }
    if scanned.last != number {
      scanned.append(number)
      unsafe bases.append(rows)
    }
    guard hasPlain else { return score(block, members, allowed) }
    var (scored, rest): ([Int32], [Int32]) = ([], [])
    for index in members.indices {
      if plain[Int(members[index])] {
        rest.append(members[index])
      } else {
        scored.append(members[index])
      }
    }
    if !scored.isEmpty { score(block, scored.span, allowed) }
    compare(block, rows: 0..<block.count, members: rest.span, allowed: allowed)
  }

  /// Scores rows for queries within the arithmetic of the bounds.
  private mutating func score(_ block: BlockPlace, _ members: Span<Int32>, _ allowed: [UInt32]?) {
    if codes != nil, block.panels.byteCount > 0 {
      scanInt8(block, members: members, allowed: allowed)
    } else if members.count >= 4, block.count >= 32, dimension <= Int8Panels.largestDimension {
      scanFloat(block, members: members, allowed: allowed)
    } else {
      compare(block, rows: 0..<block.count, members: members, allowed: allowed)
    }
  }
}
