import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("KernelSet")
struct KernelSetTests {
  @Test("the portable level is always there, and the default is an available one")
  func available() throws {
    #expect(KernelSet.available.first == .portable)
    #expect(KernelSet.available.contains(try KernelSet().level))
    for level in KernelSet.available { #expect(try KernelSet(level).level == level) }
  }

  @Test(
    "a level that is missing is refused with those that are there",
    arguments: KernelLevel.allCases.filter { !KernelSet.available.contains($0) })
  func missing(level: KernelLevel) {
    let error = #expect(throws: IndexError.self) { try KernelSet(level) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("portable") == true)
  }

  @Test("the span interface gives the values of the kernels", arguments: CTable.levels)
  func spans(level: KernelLevel) throws {
    let table = try CTable(level)
    let rows = DataShape.uniform.make(37, dimension: 19, seed: 72)
    let query = DataShape.uniform.make(1, dimension: 19, seed: 73)
    for metric in Metric.everyMetric {
      var found = [Float](repeating: 0, count: 37)
      var output = found.mutableSpan
      table.kernels.distances(
        from: query.values.span, to: rows.values.span.rawBytes, metric: metric, into: &output)
      let expected = table.rows(metric, query[0], rows)
      #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(level) \(metric)")
      let one = table.kernels.distance(query.values.span, query.values.span, metric: metric)
      #expect(one.bitPattern == table.rows(metric, query[0], query)[0].bitPattern)
    }
    var norms = [Float](repeating: 0, count: 37)
    var output = norms.mutableSpan
    table.kernels.squaredNorms(of: rows.values.span.rawBytes, dimension: 19, into: &output)
    #expect(norms == table.norms(rows))
  }

  @Test("sums over chosen rows, weighted or not")
  func accumulating() throws {
    let rows = DataShape.integers.make(50, dimension: 13, seed: 74)
    let weights = (0..<50).map { Float($0 % 4) }
    let ids: [Int32] = [3, 3, 49, 0, 17]
    for weighted in [false, true] {
      var sum = [Double](repeating: 1, count: 13)
      accumulate(try rows.batch(), ids: ids[1...], weights: weighted ? weights : nil, into: &sum)
      let expected = (0..<13).map { column in
        ids[1...].reduce(1.0) { total, id in
          total
            + Double(rows[Int(id)][Int(id) * 13 + column] * (weighted ? weights[Int(id)] : 1))
        }
      }
      #expect(sum == expected, "weighted \(weighted)")
    }
  }

  @Test("the mean is finite for finite rows, however large")
  func means() throws {
    let huge = Vectors([3e38, -3e38, 3e38, -3e38, 3e38, -1e38], dimension: 2)
    let middle = mean(of: try huge.batch(), atMost: 100)
    #expect(middle.allSatisfy { $0.isFinite })
    let rows = DataShape.offset.make(1000, dimension: 5, seed: 75)
    let found = mean(of: try rows.batch(), atMost: 100)
    #expect(found.allSatisfy { abs($0 - 1e4) < 0.02 })
    let none = Vectors([], dimension: 3)
    let zero = mean(of: try none.batch(), atMost: 10)
    #expect(zero == [0, 0, 0])
  }
}
