import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Measuring recall")
struct MeasureTests {
  private func neighbors(_ rows: [[(Int64, Float)]], k: Int, metric: Metric = .l2) -> Neighbors {
    var result = Neighbors(empty: rows.count, k: k, metric: metric)
    for (query, row) in rows.enumerated() {
      for (place, found) in row.enumerated() {
        result.ids[query * k + place] = found.0
        result.distances[query * k + place] = found.1
      }
    }
    return result
  }

  @Test("recall is the share of the true neighbours found")
  func plain() {
    let truth = neighbors([[(1, 1), (2, 2), (3, 3), (4, 4)]], k: 4)
    for (ids, expected) in [([1, 2, 3, 4], 1), ([4, 3, 2, 1], 1), ([1, 2, 9, 8], 0.5), ([], 0)]
      as [([Int64], Double)]
    {
      let found = neighbors([ids.map { ($0, $0 > 4 ? 50 : Float($0)) }], k: 4)
      #expect(SearchMeasure.recall(of: found, against: truth, k: 4, metric: .l2) == expected)
    }
    let found = neighbors([[(1, 1), (3, 3), (4, 4), (9, 9)]], k: 4)
    #expect(SearchMeasure.recall(of: found, against: truth, k: 1, metric: .l2) == 1)
    #expect(SearchMeasure.recall(of: found, against: truth, k: 2, metric: .l2) == 0.5)
  }

  @Test("an equally near neighbour counts, a farther one does not")
  func ties() {
    let truth = neighbors([[(1, 1), (2, 2), (3, 2)]], k: 3)
    let tied = neighbors([[(1, 1), (7, 2), (8, 2)]], k: 3)
    #expect(SearchMeasure.recall(of: tied, against: truth, k: 3, metric: .l2) == 1)
    let farther = neighbors([[(1, 1), (7, 2), (8, 2.5)]], k: 3)
    #expect(SearchMeasure.recall(of: farther, against: truth, k: 3, metric: .l2) == 2.0 / 3)
    let similar = neighbors([[(1, 9), (2, 5)]], k: 2, metric: .innerProduct)
    let other = neighbors([[(1, 9), (6, 5)]], k: 2, metric: .innerProduct)
    let less = neighbors([[(1, 9), (6, 4)]], k: 2, metric: .innerProduct)
    #expect(SearchMeasure.recall(of: other, against: similar, k: 2, metric: .innerProduct) == 1)
    #expect(SearchMeasure.recall(of: less, against: similar, k: 2, metric: .innerProduct) == 0.5)
  }

  @Test("places that the truth cannot fill are left out, over all queries")
  func shortTruth() {
    let truth = neighbors([[(1, 1)], [(1, 1), (2, 2), (3, 3)], []], k: 3)
    let found = neighbors([[(1, 1)], [(1, 1)], []], k: 3)
    #expect(SearchMeasure.recall(of: found, against: truth, k: 3, metric: .l2) == 0.5)
    let nothing = neighbors([[]], k: 3)
    #expect(SearchMeasure.recall(of: nothing, against: nothing, k: 3, metric: .l2) == 1)
  }

  @Test("quantiles of times are interpolated")
  func quantiles() {
    let latency = Latency(milliseconds: [4, 1, 3, 2, 5])
    #expect(latency.mean == 3 && latency.quantile(0) == 1 && latency.quantile(1) == 5)
    #expect(latency.quantile(0.5) == 3 && abs(latency.quantile(0.625) - 3.5) < 1e-12)
    #expect(Latency(milliseconds: []).mean == 0 && Latency(milliseconds: []).quantile(0.99) == 0)
  }

  @Test("latency measures at least twenty queries and stops in time")
  func latency() throws {
    let rows = DataShape.uniform.make(200, dimension: 4, seed: 121)
    var index = FlatIndex(dimension: 4)
    try index.add(rows)
    let (three, nobody) = (rows.rows(0..<3), rows.rows(0..<0))
    let few = try SearchMeasure.latency(
      of: index, queries: three.batch(), k: 2, options: SearchOptions(), seconds: 0)
    #expect(few.milliseconds.count == 20 && few.milliseconds == few.milliseconds.sorted())
    let most = try SearchMeasure.latency(
      of: index, queries: rows.batch(), k: 2, options: SearchOptions(), seconds: 60, most: 33)
    #expect(most.milliseconds.count == 33)
    let none = try SearchMeasure.latency(
      of: index, queries: nobody.batch(), k: 2, options: SearchOptions(), seconds: 1)
    #expect(none.milliseconds.isEmpty)
  }
}
