import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("FlatIndex storage")
struct FlatStorageTests {
  /// Several chunks: 512 rows each is the least, whatever the dimension.
  private func make(_ rows: Vectors, isAccelerated: Bool = true) throws -> FlatIndex {
    var index = FlatIndex(dimension: rows.dimension, isAccelerated: isAccelerated)
    try index.add(rows)
    return index
  }

  /// Where the chunks lie.
  private func chunks(_ index: FlatIndex) -> [UInt] {
    unsafe index.rows.chunkPointers.map { UInt(bitPattern: $0) }
  }

  @Test(
    "adding to an index that nobody shares leaves full chunks where they are",
    arguments: [true, false])
  func uniqueChunks(isAccelerated: Bool) throws {
    let rows = DataShape.uniform.make(1300, dimension: 2048, seed: 101)
    var index = try make(rows, isAccelerated: isAccelerated)
    let before = chunks(index)
    #expect(before.count == 3)
    try index.add(rows.rows(0..<100))
    #expect(chunks(index).prefix(2) == before.prefix(2))
  }

  @Test("a snapshot shares full chunks and keeps its rows while the original changes")
  func sharedChunks() throws {
    let rows = DataShape.uniform.make(1300, dimension: 2048, seed: 102)
    let queries = DataShape.uniform.make(4, dimension: 2048, seed: 103)
    var index = try make(rows)
    let snapshot = index
    let before = try snapshot.search(queries, k: 9)
    try index.add(rows.rows(0..<700))
    #expect(chunks(index).prefix(2) == chunks(snapshot).prefix(2))
    try index.remove(.range(1100..<1200))
    #expect(
      chunks(index).prefix(2) == chunks(snapshot).prefix(2),
      "chunks before the first removed row stay shared")
    try index.remove(.range(0..<1900))
    #expect(index.count == 0 && snapshot.count == 1300)
    #expect(try snapshot.search(queries, k: 9) == before)
    #expect(try snapshot.reconstruct(1299) == Array(rows[1299]))
  }

  @Test("switching the companion changes bytes held, not answers")
  func switching() throws {
    let rows = DataShape.clustered.make(1500, dimension: 32, seed: 104)
    let queries = DataShape.clustered.make(20, dimension: 32, seed: 105)
    var index = try make(rows)
    let fast = try index.search(queries, k: 10)
    let bytes = index.byteCount
    try index.setAccelerated(false)
    #expect(!index.isAccelerated && index.byteCount < bytes)
    #expect(try index.search(queries, k: 10) == fast)
    try index.add(rows.rows(0..<5))
    try index.setAccelerated(true)
    #expect(index.isAccelerated)
    #expect(try index.search(queries, k: 10).row(3).count == 10)
    try index.remove(.range(1500..<1505))
    #expect(try index.search(queries, k: 10) == fast)
  }

  @Test("other metrics never carry a companion")
  func unacceleratedMetrics() {
    for metric in Metric.everyMetric {
      let index = FlatIndex(dimension: 8, metric: metric)
      #expect(index.isAccelerated == [.l2, .innerProduct].contains(metric))
    }
  }

  @Test("an index that grows row by row finds what one that was filled at once finds")
  func growth() throws {
    let rows = DataShape.offset.make(700, dimension: 24, seed: 106)
    let queries = DataShape.offset.make(5, dimension: 24, seed: 107)
    let whole = try make(rows)
    var grown = FlatIndex(dimension: 24)
    for row in 0..<700 { try grown.add(rows.rows(row..<row + 1)) }
    #expect(
      try grown.search(queries, k: 30) == whole.search(queries, k: 30), "\(rows)")
  }

  @Test("NaN is a value of NaN-Euclidean vectors and an error elsewhere")
  func nanEuclidean() throws {
    var rows = DataShape.uniform.make(50, dimension: 6, seed: 108)
    for index in rows.values.indices where index % 4 == 1 { rows.values[index] = .nan }
    rows[7] = [.nan, .nan, .nan, .nan, .nan, .nan]
    var index = FlatIndex(dimension: 6, metric: .nanEuclidean)
    try index.add(rows)
    let queries = rows.rows(0..<9)
    let found = try index.search(queries, k: 50)
    expectSameNeighbors(
      found, Oracle(rows, metric: .nanEuclidean).nearest(queries, k: 50), tolerance: 1e-6)
    #expect(found.row(7).isEmpty, "nothing has a distance from a vector of NaN only")
    var l2 = FlatIndex(dimension: 6)
    let error = #expect(throws: IndexError.self) { try l2.add(rows) }
    #expect(error?.code == .notFinite)
    #expect(l2.count == 0)
  }
}
