import Testing
import VicinalCoding
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

  @Test("RaBitQ codes have a class of their own, but for L2 only")
  func raBitQ() throws {
    for (metric, bits, code) in [
      (Metric.l2, 1, "IHNr"), (.l2, 3, "IHNr"), (.innerProduct, 3, "IH00"),
    ] {
      var codec = try RaBitQuantizer(dimension: 8, metric: metric, bits: bits)
      let rows = DataShape.clustered.make(100, dimension: 8, seed: 9)
      try codec.train(on: rows.batch(), execution: Execution())
      let index = try HNSWIndex(codec: codec, metric: metric, links: 4)
      let bytes = try IndexFile.encode(index)
      #expect(String(decoding: bytes.prefix(4), as: UTF8.self) == code)
      // faiss's flag `staged`: more bits than the signs.
      if code == "IHNr" { #expect(bytes.last == (bits > 1 ? 1 : 0)) }
      #expect(try IndexFile.encode(try IndexFile.decode(bytes)) == bytes)
    }
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
