import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Certified range search")
struct RangeScanTests {
  @Test(
    "equals the threshold on brute force to the bit",
    arguments: CTable.levels, DataShape.allCases)
  func equalsBruteForce(level: KernelLevel, shape: DataShape) throws {
    let table = try CTable(level)
    let rows = shape.make(500, dimension: 21, seed: 51)
    let queries = shape.make(7, dimension: 21, seed: 52)
    for metric in [Metric.l2, .innerProduct] {
      let truth = BruteForce(table, metric, rows: rows, queries: queries)
      let sorted = truth.values[3].sorted()
      // The radius is a value that occurs: it must be excluded, its neighbours in the order not.
      for radius in [sorted[60], sorted[440], sorted[0], sorted[499], -.infinity, .infinity] {
        for isAccelerated in [true, false] {
          let centre = isAccelerated ? centre(of: rows) : nil
          var block = RowBlock(dimension: 21)
          block.panels = centre.map { Int8Panels(centre: $0, isL2: metric == .l2) }
          block.append(rows.values.span, kernels: table.kernels)
          var scan = BlockScan(
            try queries.batch(), k: 0, radius: radius, metric: metric, centre: centre,
            kernels: table.kernels
          ) { Int64($1) }
          let all = (0..<7).map(Int32.init)
          scan.scan(block, number: 0, members: all.span, allowed: nil)
          let found = scan.rangeNeighbors()
          for query in 0..<7 {
            let expected = truth.best(query, k: 500).filter {
              metric.isBetter(truth.values[query][$0], than: radius)
            }
            let row = found.row(query)
            if row.map(\.id) != expected.map(Int64.init)
              || row.map(\.distance) != expected.map({ truth.values[query][$0] })
            {
              Issue.record(
                """
                query \(query): \(row.count) rows, expected \(expected.count); \(level) \(metric) \
                radius \(radius) companion \(isAccelerated) \(rows), queries: \(queries)
                """)
              return
            }
          }
        }
      }
    }
  }
}
