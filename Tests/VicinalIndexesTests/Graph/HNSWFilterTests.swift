import Testing
import VicinalCore
import VicinalIndexes

@Suite struct HNSWFilterTests {
  @Test(
    "filters of every selectivity return allowed ids only, and nearly all of the best",
    arguments: [1, 2, 3, 10, 100, 1000])
  func selectivity(modulus: Int64) throws {
    let fixture = GraphFixture()
    let index = try fixture.makeIndex()
    let filter = IDFilter.ids((0..<Int64(index.count)).filter { $0 % modulus == 0 })
    let truth = try fixture.exact(filter: filter)
    let found = try fixture.search(index, SearchOptions(efSearch: 64, filter: filter))
    #expect(found.ids.allSatisfy { $0 < 0 || $0 % modulus == 0 })
    #expect(graphRecall(found, of: truth) > 0.97)
  }

  @Test("a filter far from the query still returns all places that it can fill")
  func farFilter() throws {
    let dimension = 8
    var values = clusteredVectors(6000, dimension: dimension, clusters: 1, seed: 6)
    for place in 3000 * dimension..<6000 * dimension { values[place] += 50 }
    var index = try HNSWIndex(dimension: dimension)
    try index.add(VectorBatch(values.span, dimension: dimension))
    let queries = clusteredVectors(10, dimension: dimension, clusters: 1, seed: 7)
    let found = try index.search(
      VectorBatch(queries.span, dimension: dimension), k: 10,
      options: SearchOptions(efSearch: 16, filter: .range(3000..<6000)))
    #expect(found.ids.allSatisfy { $0 >= 3000 })
  }

  @Test("a filter that contains nothing finds nothing")
  func emptyFilter() throws {
    let fixture = GraphFixture(count: 100)
    let found = try fixture.search(
      fixture.makeIndex(), SearchOptions(filter: .range(1000..<2000)))
    #expect(found.ids.allSatisfy { $0 == -1 })
  }
}
