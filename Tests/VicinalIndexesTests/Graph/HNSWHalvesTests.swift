import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// Searches that walk by the upper halves of codes.
@Suite struct HNSWHalvesTests {
  private let fixture = GraphFixture(latent: 3000, dimension: 200)

  /// The same index without halves.
  private func whole(_ index: HNSWIndex) -> HNSWIndex {
    var index = index
    index.dropHalves()
    return index
  }

  @Test(
    "cost next to no recall, and distances are exact",
    arguments: [Metric.l2, .innerProduct], [193, 256, 300])
  func recall(metric: Metric, dimension: Int) throws {
    let fixture = GraphFixture(latent: 3000, dimension: dimension, metric: metric)
    let index = try fixture.makeIndex()
    try #require(index.halves != nil)
    let truth = try fixture.exact()
    for efSearch in [10, 32, 100] {
      let options = SearchOptions(efSearch: efSearch)
      let found = try fixture.search(index, options)
      let expected = graphRecall(try fixture.search(whole(index), options), of: truth)
      #expect(
        graphRecall(found, of: truth) > expected - (efSearch < 16 ? 0.015 : 0.01),
        "efSearch \(efSearch)")
    }
    let all = try fixture.search(index, k: 300, SearchOptions(efSearch: 3000))
    #expect(try all == fixture.search(whole(index), k: 300, SearchOptions(efSearch: 3000)))
  }

  @Test("are made for lengths for which they pay, and only with codes")
  func lengths() throws {
    #expect(try GraphFixture(latent: 500, dimension: 192).makeIndex().halves == nil)
    #expect(try GraphFixture(latent: 500, dimension: 193).makeIndex().halves != nil)
    #expect(try fixture.makeIndex(isAccelerated: false).halves == nil)
    var index = try fixture.makeIndex()
    let bytes = index.byteCount
    try index.setAccelerated(false)
    #expect(index.halves == nil)
    try index.setAccelerated(true)
    #expect(index.halves != nil)
    #expect(index.byteCount == bytes)
  }

  @Test("are left out where they cannot tell neighbours apart")
  func tightClusters() throws {
    let dimension = 200
    let values = clusteredVectors(600, dimension: dimension, clusters: 30, spread: 0.01, seed: 3)
    var index = try HNSWIndex(dimension: dimension)
    let batch = try VectorBatch(values.span, dimension: dimension)
    try index.add(batch)
    #expect(index.halves == nil)
    // Vectors that lie apart make up for them.
    let more = latentVectors(12_000, dimension: dimension, seed: 4)
    try index.add(VectorBatch(more.span, dimension: dimension))
    #expect(index.halves != nil)
  }

  @Test("answers are the same for any number of workers, one by one, and at every level")
  func determinism() throws {
    let index = try fixture.makeIndex()
    let options = SearchOptions(efSearch: 24)
    let reference = try fixture.search(index, options)
    for level in KernelSet.available {
      for workers in [1, 3] {
        let execution = Execution(workers: workers, kernels: level)
        let found = try fixture.search(
          index, SearchOptions(efSearch: 24, execution: execution))
        #expect(found.ids == reference.ids, "\(level), \(workers) workers")
        // Distances in float differ by their rounding only.
        for (value, expected) in zip(found.distances, reference.distances) {
          #expect(abs(value - expected) <= 1e-4 * abs(expected), "\(level)")
        }
      }
    }
    let queries = Vectors(fixture.queries, dimension: 200)
    for row in 0..<queries.count {
      let query = Array(queries[row])
      let found = try index.search(
        VectorBatch(query.span, dimension: 200), k: 10, options: options)
      #expect(found.ids == Array(reference.ids[row * 10..<row * 10 + 10]), "query \(row)")
    }
  }

  @Test("follow vectors that are added, removed and replaced")
  func changes() throws {
    let rows = Vectors(fixture.values, dimension: 200)
    var index = try HNSWIndex(dimension: 200, links: 16)
    for first in stride(from: 0, to: 3000, by: 250) {
      let part = Array(fixture.values[first * 200..<(first + 250) * 200])
      try index.add(VectorBatch(part.span, dimension: 200))
      #expect(index.halves?.count == index.count)
    }
    let copy = index
    let before = try fixture.search(copy)
    try index.remove(.range(0..<500))
    #expect(index.halves?.count == 2500)
    try expectFresh(index)
    let new = Vectors(
      latentVectors(40, dimension: 200, seed: 9), dimension: 200, description: "seed 9")
    let ids = (0..<40).map { Int64($0 * 60) }
    try index.replace(ids.span, with: new.batch(), execution: Execution())
    try expectFresh(index)
    for (row, id) in ids.enumerated() {
      let query = Array(new[row])
      let found = try index.search(VectorBatch(query.span, dimension: 200), k: 1)
      #expect(found.ids == [id])
    }
    #expect(try fixture.search(copy) == before)
    #expect(copy.count == rows.count)
  }

  @Test("filters and range searches see what walks by whole codes see")
  func filters() throws {
    let index = try fixture.makeIndex()
    let filter = IDFilter.not(.range(0..<1500))
    let truth = try fixture.exact(filter: filter)
    let found = try fixture.search(index, SearchOptions(efSearch: 64, filter: filter))
    #expect(graphRecall(found, of: truth) > 0.95)
    #expect(found.ids.allSatisfy { $0 >= 1500 })
  }

  /// Halves are those that would be made now.
  private func expectFresh(_ index: HNSWIndex) throws {
    var fresh = whole(index)
    try fresh.updateHalves(try KernelSet(), workers: 1)
    let options = SearchOptions(efSearch: 24)
    #expect(try fixture.search(fresh, options) == fixture.search(index, options))
  }
}
