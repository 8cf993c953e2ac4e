import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Tuning criteria")
struct CriterionTests {
  private func rows(_ rows: [[Int64]]) -> Neighbors {
    Neighbors(
      k: rows[0].count, distances: rows.flatMap { $0.map { _ in 0 } }, ids: rows.flatMap { $0 })
  }

  @Test("values are faiss's")
  func faiss() throws {
    for (number, golden) in try FaissAutoTune.load().criteria.enumerated() {
      let truth = golden.neighbors(golden.truth, golden.places)
      for r in 1...golden.places {
        var one = OneRecallAtRCriterion(queryCount: golden.queries, r: r)
        var intersection = IntersectionCriterion(queryCount: golden.queries, r: r)
        one.setGroundTruth(truth)
        intersection.setGroundTruth(truth)
        #expect(one.neighborCount == r && intersection.neighborCount == r)
        // More places than are judged must not matter.
        for k in Set([r, golden.places]) {
          let found = golden.neighbors(golden.found, k)
          let context = "case \(number), R \(r), k \(k)"
          #expect(try abs(one.evaluate(found) - golden.one[r - 1]) < 1e-12, "\(context)")
          #expect(
            try abs(intersection.evaluate(found) - golden.intersection[r - 1]) < 1e-12,
            "\(context)")
        }
      }
    }
  }

  @Test("what the truth lacks is left out, and an id counts once")
  func edges() throws {
    var one = OneRecallAtRCriterion(queryCount: 3, r: 2)
    one.setGroundTruth(rows([[7, 8], [-1, -1], [5, -1]]))
    #expect(try one.evaluate(rows([[8, 7], [-1, -1], [1, 2]])) == 0.5)
    var both = IntersectionCriterion(queryCount: 3, r: 2)
    both.setGroundTruth(rows([[7, 8], [-1, -1], [5, -1]]))
    #expect(try both.evaluate(rows([[8, 8], [-1, -1], [5, -1]])) == 2.0 / 3)
    both.setGroundTruth(rows([[-1, -1], [-1, -1], [-1, -1]]))
    #expect(try both.evaluate(rows([[8, 8], [-1, -1], [5, -1]])) == 1)
    #expect(OneRecallAtRCriterion(queryCount: 1, r: -4).neighborCount == 1)
  }

  @Test("missing truth and results of another shape are refused")
  func refused() {
    var one = OneRecallAtRCriterion(queryCount: 2, r: 2)
    expectError(.invalidArgument) { _ = try one.evaluate(rows([[1, 2], [3, 4]])) }
    one.setGroundTruth(rows([[1], [2]]))
    for bad in [rows([[1, 2]]), rows([[1], [2]]), rows([[1, 2], [1, 2], [1, 2]])] {
      expectError(.invalidArgument) { _ = try one.evaluate(bad) }
    }
    one.setGroundTruth(rows([[1]]))
    expectError(.invalidArgument) { _ = try one.evaluate(rows([[1, 2], [3, 4]])) }
    var both = IntersectionCriterion(queryCount: 2, r: 2)
    both.setGroundTruth(rows([[1], [2]]))
    expectError(.invalidArgument) { _ = try both.evaluate(rows([[1, 2], [3, 4]])) }
  }

  @Test("held-out queries are judged without themselves")
  func heldOut() throws {
    let data = DataShape.clustered.make(500, dimension: 8, seed: 211)
    var index = try IVFIndex(dimension: 8, listCount: 10)
    try index.train(on: data)
    try index.add(data)
    let queries = try #require(try HeldOutQueries.sampled(from: index, count: 30, k: 12))
    let criterion = HeldOutCriterion(queries, k: 5, metric: .l2)
    let asked = Vectors(queries.values, dimension: 8)
    for probes in [1, 2, 10] {
      let options = SearchOptions(probes: probes)
      let found = try index.search(asked, k: criterion.neighborCount, options: options)
      let value = try criterion.evaluate(found)
      #expect(try value == queries.recall(of: index, k: 5, options: options))
      if probes == 10 { #expect(value == 1) }
    }
    expectError(.invalidArgument) { _ = try criterion.evaluate(rows([[1, 2, 3, 4, 5, 6]])) }
  }
}
