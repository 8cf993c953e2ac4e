import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Results")
struct MergingTests {
  /// Results of `queries` queries over the ids of one part; few different values, so many ties.
  private func part(
    _ ids: [Int64], queries: Int, k: Int, _ metric: Metric, _ generator: inout SplitMix64
  ) -> (Neighbors, [[(id: Int64, distance: Float)]]) {
    var result = Neighbors(empty: queries, k: k, metric: metric)
    var rows: [[(id: Int64, distance: Float)]] = []
    for query in 0..<queries {
      let all = ids.map { (id: $0, distance: Float(generator.integer(below: 5))) }
        .sorted { metric.ranks($0, before: $1) }
      rows.append(all)
      for (place, row) in all.prefix(k).enumerated() {
        result.ids[query * k + place] = row.id
        result.distances[query * k + place] = row.distance
      }
    }
    return (result, rows)
  }

  @Test("merging disjoint parts gives the best of all, ties by id", arguments: [81, 82, 83, 84])
  func merging(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    for metric in [Metric.l2, .innerProduct] {
      for k in [1, 3, 10] {
        let cuts = [0, generator.integer(below: 6), 6, 6, 15]
        let parts = zip(cuts, cuts.dropFirst()).map { low, high in
          part((low..<high).map { Int64($0 * 7 % 15) }, queries: 4, k: k, metric, &generator)
        }
        let merged = Neighbors.merging(parts.map(\.0), metric: metric)
        for query in 0..<4 {
          let truth = parts.flatMap { $0.1[query] }.sorted { metric.ranks($0, before: $1) }
          #expect(merged.row(query).map(\.id) == truth.prefix(k).map(\.id), "seed \(seed) k \(k)")
          #expect(merged.row(query).map(\.distance) == truth.prefix(k).map(\.distance))
        }
        #expect(disorder(merged, metric: metric) == nil)
      }
    }
  }

  @Test("merging one part or none changes nothing")
  func trivialMerges() {
    let one = Neighbors(k: 2, distances: [1, 2], ids: [5, 6])
    #expect(Neighbors.merging([one], metric: .l2) == one)
    #expect(Neighbors.merging([], metric: .l2).queryCount == 0)
    let range = RangeNeighbors(limits: [0, 1], distances: [1], ids: [5])
    #expect(RangeNeighbors.merging([range], metric: .l2) == range)
    #expect(RangeNeighbors.merging([], metric: .l2).queryCount == 0)
  }

  @Test("range results merge query by query")
  func rangeMerging() {
    let a = RangeNeighbors(limits: [0, 2, 2], distances: [1, 3], ids: [10, 2])
    let b = RangeNeighbors(limits: [0, 2, 3], distances: [1, 2, 9], ids: [4, 7, 8])
    let merged = RangeNeighbors.merging([a, b], metric: .l2)
    #expect(merged.limits == [0, 4, 5])
    #expect(merged.ids == [4, 10, 7, 2, 8])
    #expect(merged.distances == [1, 1, 2, 3, 9])
    var joined = a
    joined.append(b)
    #expect(joined.limits == [0, 2, 2, 4, 5])
    #expect(joined.queryCount == 4)
    #expect(joined.row(2).map(\.id) == [4, 7])
    #expect(joined.row(1).isEmpty)
  }

  @Test("padding is id −1 and the worst value", arguments: [Metric.l2, .innerProduct])
  func padding(metric: Metric) {
    let empty = Neighbors(empty: 3, k: 2, metric: metric)
    #expect(empty.ids == [-1, -1, -1, -1, -1, -1])
    #expect(empty.distances.allSatisfy { $0 == metric.worst })
    #expect(empty.queryCount == 3 && empty.row(1).isEmpty)
    let narrow = Neighbors(k: 1, distances: [4, metric.worst], ids: [3, -1])
    let wide = narrow.widened(to: 3, metric: metric)
    #expect(wide.k == 3 && wide.queryCount == 2)
    #expect(wide.ids == [3, -1, -1, -1, -1, -1])
    #expect(wide.distances.dropFirst().allSatisfy { $0 == metric.worst })
    #expect(narrow.widened(to: 1, metric: metric) == narrow)
  }

  @Test("ties are put in the order of ids, up to the padding and not across queries")
  func orderTies() {
    var found = Neighbors(
      k: 4, distances: [1, 2, 2, 2, 2, 2, 3, .infinity], ids: [9, 8, 7, 3, 6, 1, 0, -1])
    found.orderTies(metric: .l2)
    #expect(found.ids == [9, 3, 7, 8, 1, 6, 0, -1])
  }
}
