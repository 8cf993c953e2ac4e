import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Row kernels")
struct RowsTests {
  /// Positive data where a metric is made for histograms, any otherwise.
  static func data(_ metric: Metric, _ count: Int, _ dimension: Int, seed: UInt64) -> Vectors {
    var vectors = DataShape.uniform.make(count, dimension: dimension, seed: seed)
    switch metric {
    case .jensenShannon, .jaccard, .brayCurtis, .gower, .canberra:
      vectors.values = vectors.values.map { abs($0) * 0.98 + 0.01 }
    default: break
    }
    if metric == .nanEuclidean {
      for index in vectors.values.indices where index % 5 == 3 { vectors.values[index] = .nan }
    }
    return vectors
  }

  @Test(
    "rows agree with the definition for every metric, d = 1…129 and unaligned starts",
    arguments: CTable.levels)
  func rowsMatchDefinition(level: KernelLevel) throws {
    let table = try CTable(level)
    let portable = try CTable.portable
    for metric in Metric.everyMetric {
      for dimension in 1...129 {
        let rows = Self.data(metric, 5, dimension, seed: 1)
        let query = Self.data(metric, 1, dimension, seed: 2)[0]
        let values = table.rows(metric, query, rows, offset: dimension % 4)
        let specified = portable.rows(metric, query, rows)
        for row in 0..<rows.count {
          let truth = metric.value(query, rows[row])
          let slack = 2e-6 * max(metric.magnitude(query, rows[row]), abs(truth)) + 1e-30
          let isClose =
            truth.isNaN && values[row].isNaN
            || abs(Double(values[row]) - truth) <= slack
              && abs(Double(values[row] - specified[row])) <= 2 * slack
          if !isClose {
            Issue.record(
              """
              \(level) \(metric) d \(dimension) row \(row): \(values[row]), portable \
              \(specified[row]), truly \(truth); \(rows)
              """)
            return
          }
        }
      }
    }
  }

  @Test("an unaligned start does not change a value", arguments: CTable.levels)
  func alignment(level: KernelLevel) throws {
    let table = try CTable(level)
    for metric in [Metric.l2, .innerProduct, .l1, .linf] {
      for dimension in [1, 7, 16, 33, 100, 129] {
        let rows = Self.data(metric, 9, dimension, seed: 3)
        let query = Self.data(metric, 1, dimension, seed: 4)[0]
        let aligned = table.rows(metric, query, rows)
        for offset in 1...3 {
          #expect(table.rows(metric, query, rows, offset: offset) == aligned, "\(level) \(rows)")
        }
      }
    }
  }

  @Test("pointers and ids give the same bits as rows", arguments: CTable.levels)
  func sameBits(level: KernelLevel) throws {
    let table = try CTable(level)
    var generator = SplitMix64(seed: 5)
    for metric in [Metric.l2, .innerProduct] {
      for dimension in 1...129 {
        let rows = DataShape.uniform.make(23, dimension: dimension, seed: 6)
        let query = DataShape.uniform.make(1, dimension: dimension, seed: 7)[0]
        let all = table.rows(metric, query, rows)
        let order = (0..<40).map { _ in generator.integer(below: rows.count) }
        let expected = order.map { all[$0] }
        let context = "\(level) \(metric) \(rows)"
        #expect(table.pointers(metric, query, rows, order) == expected, "\(context)")
        #expect(table.ids(metric, query, rows, order, shift: 2) == expected, "\(context)")
        #expect(table.pointers(metric, query, rows, []).isEmpty)
        #expect(table.ids(metric, query, rows, [3], shift: 3) == [all[3]], "\(context)")
      }
    }
  }

  @Test("norms are squared lengths", arguments: CTable.levels)
  func norms(level: KernelLevel) throws {
    let table = try CTable(level)
    for dimension in 1...129 {
      let rows = DataShape.uniform.make(7, dimension: dimension, seed: 8)
      let found = table.norms(rows, offset: 1)
      for row in 0..<rows.count {
        let truth = Metric.innerProduct.value(rows[row], rows[row])
        #expect(abs(Double(found[row]) - truth) <= 1e-6 * truth, "\(level) \(rows) row \(row)")
      }
    }
  }

  @Test("dots are exact over the whole range of codes", arguments: CTable.levels)
  func dots(level: KernelLevel) throws {
    let table = try CTable(level)
    var generator = SplitMix64(seed: 9)
    for dimension in 1...129 {
      let stride = dimension + dimension % 3
      var rows = (0..<11 * stride).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      for column in 0..<dimension { rows[column] = 255 }
      for extreme in [false, true] {
        let query = (0..<dimension).map { _ in
          extreme ? Int8(-127) : Int8(generator.integer(below: 255) - 127)
        }
        let order = [0, 10, 3, 3, 7, 1, 9]
        let truth = order.map { row in
          query.indices.reduce(Int32(0)) { $0 + Int32(query[$1]) * Int32(rows[row * stride + $1]) }
        }
        let found = table.dots(query, rows, stride: stride, order, shift: 1)
        #expect(found == truth, "\(level) d \(dimension) extreme \(extreme)")
      }
    }
  }

  @Test("an unknown metric gives NaN, no rows give nothing", arguments: CTable.levels)
  func edges(level: KernelLevel) throws {
    let table = try CTable(level)
    let none = Vectors([], dimension: 3)
    #expect(table.rows(.l2, [1, 2, 3], none).isEmpty)
    #expect(table.norms(none).isEmpty)
    let zero = Vectors([0, 0, 0], dimension: 3)
    #expect(table.rows(.l2, zero[0], zero) == [0])
    #expect(table.rows(.nanEuclidean, [.nan, .nan, .nan], zero)[0].isNaN)
    #expect(table.rows(.gower, [0.5, 2, 0], zero)[0].isNaN)
    #expect(table.rows(.gower, [0.5, -2, 0], zero)[0].isNaN)
    #expect(table.rows(.gower, [-2, -3], Vectors([-2, -4], dimension: 2)) == [0.5])
  }
}
