import Testing
import VicinalCore
import VicinalIndexes

@Suite("HNSW: how far walks go")
struct HNSWWalkTests {
  @Test(
    "ending at efSearch changes nothing up to there, and finds less for more neighbours",
    arguments: [true, false])
  func ends(isAccelerated: Bool) throws {
    let fixture = GraphFixture()
    var index = try fixture.makeIndex(links: 8, isAccelerated: isAccelerated)
    index.efSearch = 20
    var short = SearchOptions()
    short.endsWalksAtEfSearch = true
    for k in [1, 10, 20] {
      #expect(try fixture.search(index, k: k, short) == fixture.search(index, k: k), "k = \(k)")
    }
    let truth = try fixture.exact(k: 100)
    let wide = graphRecall(try fixture.search(index, k: 100), of: truth)
    let narrow = graphRecall(try fixture.search(index, k: 100, short), of: truth)
    #expect(narrow < wide - 0.05 && narrow > 0.2)
    // As far as it goes, the answer is that of a wide walk which ends there.
    let mapped = try IDMapIndex(index, ids: (0..<Int64(index.count)).map { $0 + 7 })
    let named = try fixture.search(mapped, k: 100, short)
    let plain = try fixture.search(index, k: 100, short)
    #expect(named.ids == plain.ids.map { $0 < 0 ? $0 : $0 + 7 })
    // An efSearch of the call counts instead of that of the index.
    short.efSearch = 100
    let asked = try fixture.search(index, k: 100, short)
    #expect(try asked == fixture.search(index, k: 100, SearchOptions(efSearch: 100)))
  }

  @Test("all nodes of a small graph are found all the same, however short the walk")
  func small() throws {
    let fixture = GraphFixture(count: 30)
    var short = SearchOptions(efSearch: 1)
    short.endsWalksAtEfSearch = true
    let found = try fixture.search(fixture.makeIndex(), k: 30, short)
    for query in 0..<found.queryCount { #expect(found.row(query).count == 30) }
  }
}
