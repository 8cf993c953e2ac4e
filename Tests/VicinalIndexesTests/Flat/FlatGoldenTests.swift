import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("FlatIndex against faiss")
struct FlatGoldenTests {
  static let files: [GoldenFile] =
    ((try? GoldenFile.all(prefix: "flat_")) ?? []).filter {
      $0.compare == "float" && !$0.file.contains("panorama")
    }

  @Test("golden files of every metric are there")
  func presence() throws {
    let metrics = try Set(Self.files.map { try FlatFile($0.contents()).metric })
    // faiss wrote no Gower file.
    #expect(metrics == Set(Metric.everyMetric).subtracting([.gower]))
    #expect(Set(Self.files.map(\.writer)).count >= 3)
  }

  @Test("answers equal faiss's", arguments: files, [true, false])
  func answers(golden: GoldenFile, isAccelerated: Bool) throws {
    let file = try FlatFile(golden.contents())
    #expect(file.vectors.count == golden.ntotal && file.vectors.dimension == golden.d)
    var index = FlatIndex(
      dimension: golden.d, metric: file.metric, isAccelerated: isAccelerated)
    try index.add(file.vectors)
    let queries = golden.queryVectors
    let k = try #require(golden.k)
    let exact = Oracle(file.vectors, metric: file.metric).nearest(queries, k: k)
    for search in try #require(golden.searches) {
      let found = try index.search(queries, k: k)
      expectSameNeighbors(found, exact, tolerance: 1e-5, "\(golden)")
      for query in 0..<queries.count {
        for place in 0..<k {
          let (theirs, ours) = (search.distances[query][place], found.distances[query * k + place])
          let (theirID, ourID) = (search.ids[query][place], found.ids[query * k + place])
          guard theirID >= 0 else {
            #expect(ourID == -1, "\(golden) query \(query) place \(place)")
            continue
          }
          let isClose = abs(ours - theirs) <= 1e-5 * max(abs(theirs), 1e-3)
          #expect(isClose, "\(golden) query \(query) place \(place): \(ours), faiss \(theirs)")
          // Another id only where the distances are equal.
          let isTie = search.distances[query].contains { abs($0 - theirs) <= 1e-5 * abs(theirs) }
          #expect(theirID == ourID || isTie, "\(golden): \(ourID), faiss \(theirID)")
        }
      }
    }
  }

  @Test("Gower distances follow the definition")
  func gower() throws {
    let rows = Vectors([0.5, 0.25, -1, 0.1, 1, -2, 0.9, 0.25, -1], dimension: 3)
    var index = FlatIndex(dimension: 3, metric: .gower)
    try index.add(rows)
    let query = Vectors([0.5, 0.25, -1], dimension: 3)
    let found = try index.search(query, k: 3)
    expectSameNeighbors(
      found, Oracle(rows, metric: .gower).nearest(query, k: 3), tolerance: 1e-6)
    #expect(found.ids == [0, 2, 1])
  }
}
