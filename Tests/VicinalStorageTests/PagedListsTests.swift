import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Lists in a mapped file that give pages back")
struct PagedListsTests {
  @Test(
    "find what lists in memory find, one query or many at a time",
    arguments: [
      "IVF16,Flat", "IVF16_HNSW8,Flat", "IVF16,SQ8", "IVF16,PQ3", "IVF16,PQ4x4fs", "IVF16,RaBitQ",
      "IVF16,RaBitQfs3_64", "PCA7,IVF16,PQ7x4fs",
    ])
  func sameAnswers(factory: String) throws {
    var index = try IndexSpec(parsing: factory).makeIndex(
      dimension: SampleIndexes.dimension, metric: .l2)
    let rows = SampleIndexes.vectors(3_000, seed: 5)
    try index.train(on: rows.batch())
    try index.add(rows.batch())
    let folder = try ScratchFolder()
    try IndexFile.write(index, to: folder.path("index"))
    var options = IndexFile.ReadOptions()
    options.isMapped = true
    options.isAccelerated = false
    options.givesPagesBack = true
    let paged = try IndexFile.read(folder.path("index"), options: options)
    let lists = try #require(paged.core as? IVFIndex)
    #expect(lists.givesPagesBack)
    options.givesPagesBack = false
    let mapped = try IndexFile.read(folder.path("index"), options: options)
    #expect((mapped.core as? IVFIndex)?.givesPagesBack == false)
    let queries = SampleIndexes.vectors(70, seed: 6)
    for probes in [1, 5, 16] {
      let search = SearchOptions(probes: probes)
      let expected = try mapped.search(queries.batch(), k: 7, options: search)
      #expect(
        try paged.search(queries.batch(), k: 7, options: search) == expected,
        "\(factory), \(probes) lists")
      for query in [0, 33, 69] {
        let one = try paged.search(queries.rows(query..<query + 1), k: 7, options: search)
        #expect(Array(one.row(0).map(\.id)) == expected.row(query).map(\.id), "\(factory)")
      }
    }
  }
}
