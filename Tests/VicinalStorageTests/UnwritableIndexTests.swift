import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("What files cannot hold, and headers that claim too much")
struct UnwritableIndexTests {
  private let rows = DataShape.uniform.make(1000, dimension: 4, seed: 911)

  private func lists() throws -> IVFIndex {
    var index = try IVFIndex(dimension: 4, listCount: 8)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  /// The file of an inverted file whose header counts other vectors than the lists hold.
  private func claiming(_ count: Int64) throws -> [UInt8] {
    var bytes = try IndexFile.encode(lists())
    for place in 0..<8 { bytes[8 + place] = UInt8(truncatingIfNeeded: count >> Int64(8 * place)) }
    return bytes
  }

  @Test("an index that our own reader would refuse is not written")
  func unreadable() throws {
    let unreadable: [any VectorIndex] = [
      FlatIndex(dimension: 0), FlatIndex(dimension: -1), FlatIndex(dimension: 1 << 20 + 1),
      FlatIndex(dimension: 1 << 33), FlatIndex(dimension: 1 << 62),
      FlatIndex(dimension: 4, metric: .lp(.nan)), FlatIndex(dimension: 4, metric: .lp(-1)),
      try IVFIndex(dimension: 4, listCount: 1 << 20 + 1),
    ]
    for index in unreadable {
      expectError(.unsupported, "\(index.dimension)") { _ = try IndexFile.encode(index) }
    }
    let largest = FlatIndex(dimension: 1 << 20)
    #expect(try IndexFile.decode(IndexFile.encode(largest)).dimension == 1 << 20)
  }

  @Test("lists of codes that faiss has no class for are not written")
  func unknownLists() throws {
    for (codec, isResidual) in [
      (try LSHCodec(dimension: 4, bits: 4, matrix: nil) as any VectorCodec, false),
      (try RaBitQuantizer(dimension: 4, metric: .l2, bits: 2), false),
    ] {
      let index = try IVFIndex(
        dimension: 4, listCount: 8, codec: codec, isResidual: isResidual)
      expectError(.unsupported, "\(codec)") { _ = try IndexFile.encode(index) }
    }
  }

  @Test("bits that queries are rounded to are stored")
  func queryBits() throws {
    let codec = try RaBitQuantizer(
      dimension: 4, metric: .l2, bits: 1, center: [], isTrained: true, queryBits: 3)
    var flat = CodedIndex(codec: codec)
    let read = try #require(try IndexFile.decode(IndexFile.encode(flat)) as? CodedIndex)
    #expect((read.codec as? RaBitQuantizer)?.queryBits == 3)
    flat.scanOptions.queryBits = 5
    let again = try #require(try IndexFile.decode(IndexFile.encode(flat)) as? CodedIndex)
    #expect((again.codec as? RaBitQuantizer)?.queryBits == 5)
    var lists = try IVFIndex(dimension: 4, listCount: 8, codec: codec)
    lists.scanOptions.queryBits = 7
    let third = try #require(try IndexFile.decode(IndexFile.encode(lists)) as? IVFIndex)
    #expect((third.codec as? RaBitQuantizer)?.queryBits == 7)
  }

  @Test("beams that were set to nonsense are stored as 1", arguments: [0, -5, Int.min])
  func beams(value: Int) throws {
    var graph = try HNSWIndex(dimension: 4, links: 4)
    try graph.add(rows)
    graph.efSearch = value
    graph.efConstruction = value
    let read = try #require(try IndexFile.decode(IndexFile.encode(graph)) as? HNSWIndex)
    #expect(read.efSearch == 1 && read.efConstruction == 1)
  }

  @Test("vectors that are in no list are believed up to a limit")
  func claimedCount() throws {
    for count in [Int64(1) << 47, 1 << 48] {
      expectError(.corruptFile, naming: ["\(count)", "1000"]) {
        _ = try IndexFile.decode(claiming(count))
      }
    }
    var index = try #require(try IndexFile.decode(claiming(1 << 40)) as? IVFIndex)
    #expect(index.count == 1000)
    expectError(.invalidArgument, naming: ["hash table"]) { try index.setDirectMap(.array) }
    try index.setDirectMap(.hashTable)
    #expect(try index.reconstruct(5) == Array(rows[5]))
    try index.add(rows)
    let again = try #require(try IndexFile.decode(IndexFile.encode(index)) as? IVFIndex)
    #expect(again.count == 2000)
    var plausible = try #require(try IndexFile.decode(claiming(1100)) as? IVFIndex)
    try plausible.setDirectMap(.array)
    #expect(try plausible.reconstruct(5) == Array(rows[5]))
  }

  /// The file of an id map over three vectors.
  private func idMap(_ ids: [Int64], isNormalizing: Bool = false) throws -> [UInt8] {
    var flat = FlatIndex(dimension: 4)
    try flat.add(rows.rows(0..<3))
    let inner = try IDMapIndex(flat, ids: ids)
    return try IndexFile.encode(isNormalizing ? TransformedIndex(inner) : inner)
  }

  /// The file of an id map around another file: code, header of 33 bytes, that file, the ids.
  private func around(_ inner: [UInt8], _ ids: [Int64]) throws -> [UInt8] {
    let map = try idMap(ids)
    return map.prefix(37) + inner + map.suffix(8 + 3 * 8)
  }

  @Test("an id map around an id map is read as one map, which can do all that maps can")
  func nestedIDMap() throws {
    let bytes = try around(idMap([2, 0, 1]), [70, 80, 90])
    var index = try #require(try IndexFile.decode(bytes) as? IDMapIndex)
    #expect(index.ids == [90, 70, 80] && index.inner is FlatIndex)
    #expect(try index.search(rows.rows(0..<3), k: 1).ids == [90, 70, 80])
    #expect(try index.remove(.ids([70])) == 1)
    #expect(try index.search(rows.rows(0..<1), k: 3).row(0).map(\.id).sorted() == [80, 90])
    expectError(.corruptFile, naming: ["5"]) {
      _ = try IndexFile.decode(around(idMap([2, 0, 5]), [70, 80, 90]))
    }
    expectError(.unsupported, naming: ["id map"]) {
      _ = try IndexFile.decode(around(idMap([2, 0, 1], isNormalizing: true), [70, 80, 90]))
    }
  }

  @Test("negative ids, which faiss may have written, are read and given back")
  func negativeIDs() throws {
    var bytes = try idMap([0, 1, 2])
    bytes[bytes.count - 1] = 0x80
    let index = try IndexFile.decode(bytes)
    #expect(try index.search(rows.rows(2..<3), k: 1).ids == [Int64.min + 2])
    #expect(try IndexFile.encode(index) == bytes)
  }
}
