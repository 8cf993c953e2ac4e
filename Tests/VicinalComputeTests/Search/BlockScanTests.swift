import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Certified search")
struct BlockScanTests {
  /// Where rows are scored: from companions, from panels packed on the way, or one by one.
  enum Path: CaseIterable, Sendable { case companion, packed, oneByOne }

  static let blockSizes = [97, 32, 1, 403, 64]

  /// Rows in several blocks, as in an inverted file or a grown index.
  private func blocks(_ rows: Vectors, _ metric: Metric, _ path: Path, _ kernels: KernelSet)
    -> (blocks: [RowBlock], starts: [Int], centre: [Float]?)
  {
    let centre = path == .companion ? centre(of: rows) : nil
    var blocks: [RowBlock] = []
    var starts: [Int] = []
    var first = 0
    while first < rows.count {
      let size = min(Self.blockSizes[blocks.count % Self.blockSizes.count], rows.count - first)
      var block = RowBlock(dimension: rows.dimension)
      block.panels = centre.map { Int8Panels(centre: $0, isL2: metric == .l2) }
      block.append(rows.rows(first..<first + size).values.span, kernels: kernels)
      blocks.append(block)
      starts.append(first)
      first += size
    }
    return (blocks, starts, centre)
  }

  private func search(
    _ rows: Vectors, _ queries: Vectors, k: Int, _ metric: Metric, _ path: Path,
    _ kernels: KernelSet, filter: IDFilter? = nil
  ) throws -> Neighbors {
    let (blocks, starts, centre) = blocks(rows, metric, path, kernels)
    var scan = BlockScan(
      try queries.batch(), k: k, metric: metric, centre: centre, kernels: kernels
    ) { Int64(starts[$0] + $1) }
    let groups =
      path == .oneByOne
      ? (0..<queries.count).map { [Int32($0)] } : [(0..<queries.count).map(Int32.init)]
    // Blocks come in another order than ids, so that ties cannot come out right by accident.
    for number in blocks.indices.reversed() {
      let mask = filter.map { filter in
        filter.mask(of: blocks[number].count) { Int64(starts[number] + $0) }
      }
      for members in groups {
        scan.scan(blocks[number], number: number, members: members.span, allowed: mask)
      }
    }
    return scan.neighbors()
  }

  @Test(
    "equals brute force to the bit on adversarial data",
    arguments: CTable.levels, DataShape.allCases)
  func equalsBruteForce(level: KernelLevel, shape: DataShape) throws {
    let table = try CTable(level)
    for dimension in [24, 3] {
      let rows = shape.make(640, dimension: dimension, seed: 31)
      // Queries of the same kind, of another kind, and rows themselves.
      let queries =
        shape.make(9, dimension: dimension, seed: 32)
        + DataShape.uniform.make(3, dimension: dimension, seed: 33) + rows.rows(318..<323)
      for metric in [Metric.l2, .innerProduct] {
        let truth = BruteForce(table, metric, rows: rows, queries: queries)
        for k in [1, 10, 100, 700] {
          let expected = truth.neighbors(k: k)
          for path in Path.allCases {
            let found = try search(rows, queries, k: k, metric, path, table.kernels)
            if let difference = firstDifference(found, expected) {
              Issue.record(
                "\(difference); \(level) \(metric) k \(k) \(path) \(rows), queries: \(queries)")
              return
            }
          }
        }
      }
    }
  }

  @Test("agrees with double precision", arguments: CTable.levels)
  func agreesWithOracle(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for shape in [DataShape.uniform, .clustered, .integers, .outlier, .zeros, .offset] {
      let rows = shape.make(500, dimension: 33, seed: 34)
      let queries = shape.make(6, dimension: 33, seed: 35)
      for metric in [Metric.l2, .innerProduct] {
        let exact = Oracle(rows, metric: metric).nearest(queries, k: 20)
        let found = try search(rows, queries, k: 20, metric, .companion, kernels)
        expectSameNeighbors(found, exact, tolerance: 1e-6, "\(level)")
      }
    }
  }

  @Test("sees exactly the rows that a mask allows", arguments: CTable.levels)
  func masks(level: KernelLevel) throws {
    let table = try CTable(level)
    let filters: [IDFilter] = [
      .range(100..<140), .range(0..<1), .list([]), .list([0, 31, 32, 96, 97, 639]),
      .not(.range(5..<630)), .bitmap([UInt8](repeating: 0b1010_0110, count: 60)),
    ]
    for shape in [DataShape.clustered, .integers, .constant] {
      let rows = shape.make(640, dimension: 17, seed: 36)
      let queries = shape.make(13, dimension: 17, seed: 37)
      for metric in [Metric.l2, .innerProduct] {
        let truth = BruteForce(table, metric, rows: rows, queries: queries)
        for filter in filters {
          let expected = truth.neighbors(k: 12) { filter.contains(Int64($0)) }
          for path in Path.allCases {
            let found = try search(
              rows, queries, k: 12, metric, path, table.kernels, filter: filter)
            if let difference = firstDifference(found, expected) {
              Issue.record("\(difference); \(level) \(metric) \(path) \(filter) \(rows)")
              return
            }
          }
        }
      }
    }
  }

  @Test(
    "a single nearest row equals k = 1, whatever is guessed before", arguments: CTable.levels,
    DataShape.allCases)
  func nearest(level: KernelLevel, shape: DataShape) throws {
    let table = try CTable(level)
    let rows = shape.make(300, dimension: 19, seed: 38)
    let queries = shape.make(500, dimension: 19, seed: 39)
    for metric in [Metric.l2, .innerProduct] {
      let expected = BruteForce(table, metric, rows: rows, queries: queries).neighbors(k: 1)
      let nearest = NearestRows(rows: try rows.batch(), metric: metric, kernels: table.kernels)
      let mixed = (0..<queries.count).map { Int64($0 * 7 % 300) }
      let impossible = mixed.map { [Int64(-1), .min, 300, .max][Int($0 % 4)] }
      let all: [[Int64]] = [[], expected.ids, mixed, impossible]
      for guesses in all {
        let found = try nearest.assign(
          queries.batch(), guesses: guesses, execution: Execution(workers: 2))
        let difference = firstDifference(
          Neighbors(k: 1, distances: found.values, ids: found.ids), expected)
        #expect(difference == nil, "\(difference ?? "") \(level) \(metric) \(rows)")
      }
    }
  }

  @Test("every metric without a first pass equals brute force", arguments: CTable.levels)
  func otherMetrics(level: KernelLevel) throws {
    let table = try CTable(level)
    for metric in Metric.everyMetric {
      let rows = RowsTests.data(metric, 200, 11, seed: 40)
      let queries = RowsTests.data(metric, 6, 11, seed: 41)
      let expected = BruteForce(table, metric, rows: rows, queries: queries).neighbors(k: 9)
      let found = try search(rows, queries, k: 9, metric, .packed, table.kernels)
      #expect(firstDifference(found, expected) == nil, "\(level) \(metric) \(rows)")
    }
  }
}
