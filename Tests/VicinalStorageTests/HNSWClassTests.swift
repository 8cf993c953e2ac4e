import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("The class of a graph in files")
struct HNSWClassTests {
  @Test("a graph of faiss's base class is read, searched and written as such")
  func baseClass() throws {
    let rows = DataShape.clustered.make(300, dimension: 8, seed: 7)
    var index = try HNSWIndex(dimension: 8, links: 8)
    try index.add(rows)
    index.isStoredAsBase = true
    let bytes = try IndexFile.encode(index)
    #expect(Array(bytes.prefix(4)) == Array("IH00".utf8))
    var read = try #require(try IndexFile.decode(bytes) as? HNSWIndex)
    #expect(read.isStoredAsBase)
    #expect(try IndexFile.encode(read) == bytes)
    #expect(try read.search(rows, k: 5) == index.search(rows, k: 5))
    // Only the code differs from the class for vectors.
    read.isStoredAsBase = false
    let flat = try IndexFile.encode(read)
    #expect(Array(flat.prefix(4)) == Array("IHNf".utf8) && flat.dropFirst(4) == bytes.dropFirst(4))
  }

  @Test("removed vectors are not in the file, and the file is sound")
  func compacted() throws {
    let rows = DataShape.clustered.make(300, dimension: 8, seed: 8)
    var index = try HNSWIndex(dimension: 8, links: 8)
    try index.add(rows)
    try index.remove(.range(50..<150))
    let bytes = try IndexFile.encode(index)
    let read = try #require(try IndexFile.decode(bytes) as? HNSWIndex)
    #expect(read.count == 200 && read.graph == index.graph)
    #expect(try IndexFile.encode(read) == bytes)
  }
}
