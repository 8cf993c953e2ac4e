import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IVFIndex: searching lists that the caller chose")
struct IVFGivenListsTests {
  @Test(
    "the lists that a search finds give what it finds",
    arguments: ["IVF20,Flat", "IVF20,SQ8", "IVF20,PQ4x4fs", "IVF20,PQ4", "IVF20,RaBitQ"],
    [1, 3, 20])
  func sameLists(key: String, probes: Int) throws {
    let data = IVFData(1200, dimension: 16)
    var made = try IndexSpec(parsing: key).makeIndex(
      dimension: 16, metric: .l2, isAccelerated: true)
    try made.train(on: data.rows)
    try made.add(data.rows)
    let index = try #require(made as? IVFIndex)
    let cells = try index.coarse.search(data.queries, k: probes)
    let wanted = try index.search(data.queries, k: 10, options: SearchOptions(probes: probes))
    let found = try index.search(
      data.queries.batch(), k: 10, lists: cells.ids, distances: cells.distances,
      options: SearchOptions())
    #expect(found == wanted)
    // A list named twice is visited once, in batches and alone.
    let twice = cells.ids.flatMap { [$0, $0] }
    let again = try index.search(
      data.queries.batch(), k: 10, lists: twice, distances: cells.distances.flatMap { [$0, $0] },
      options: SearchOptions())
    #expect(again.ids == wanted.ids)
  }

  @Test("what does not fit is an error that says what was expected")
  func misuse() throws {
    let data = IVFData(300)
    let index = try data.filled()
    let queries = data.queries.count
    func search(
      _ lists: [Int64], _ distances: [Float], _ options: SearchOptions = SearchOptions()
    ) throws(IndexError) -> Neighbors {
      try index.search(
        data.queries.batch(), k: 3, lists: lists, distances: distances, options: options)
    }
    let (some, zeros) = (
      [Int64](repeating: 0, count: queries), [Float](repeating: 0, count: queries)
    )
    #expect(throws: IndexError.self) { try search([], []) }
    #expect(throws: IndexError.self) { try search(Array(some.dropLast()), zeros) }
    #expect(throws: IndexError.self) { try search(some, Array(zeros.dropLast())) }
    #expect(throws: IndexError.self) { try search(some.map { _ in 20 }, zeros) }
    #expect(throws: IndexError.self) { try search(some, zeros.map { _ in .nan }) }
    #expect(throws: IndexError.self) { try search(some, zeros, SearchOptions(probes: 2)) }
    let none = try search(some.map { _ in -1 }, zeros.map { _ in .nan })
    #expect(none.ids.allSatisfy { $0 == -1 })
  }
}
