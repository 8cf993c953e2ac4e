import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Descriptions of files")
struct DescriptionTests {
  private func describe(_ bytes: [UInt8]) throws -> RecordDescription {
    let folder = try ScratchFolder()
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path("x")))
    return try IndexFile.describe(folder.path("x"))
  }

  @Test("name all records and what they hold")
  func tree() throws {
    let coarse = try HNSWIndex(dimension: SampleIndexes.dimension, metric: .l2, links: 4)
    let index = try SampleIndexes.inverted(coarse: coarse, map: .hashTable)
    let mapped = try SampleIndexes.mapped(index, isReversible: true)
    let bytes = try IndexFile.encode(mapped)
    let map = try describe(bytes)
    #expect(map.code == "IxM2" && map.className == "IndexIDMap2" && map.byteCount == bytes.count)
    let ivf = try #require(map.children.first)
    #expect(ivf.code == "IwFl" && ivf.listCount == 16 && ivf.probes == 5)
    #expect(ivf.count == 500 && ivf.directMap == "hashTable")
    #expect(ivf.children.map(\.code) == ["IHNf", "ilar"])
    let graph = ivf.children[0]
    #expect(graph.links == 4 && graph.role == "coarse quantizer" && graph.count == 16)
    #expect(graph.children.map(\.code) == ["IxF2"])
    #expect(ivf.offset == 37 && graph.offset == 37 + 4 + 33 + 16)
    #expect(map.text.split(separator: "\n").count == 5)
    let decoded = try JSONDecoder().decode(
      RecordDescription.self, from: JSONEncoder().encode(map))
    #expect(decoded == map)
  }

  @Test("exist for kinds that cannot be read")
  func unreadable() throws {
    let flat = try IndexFile.encode(try SampleIndexes.flat(.l2))
    let description = try describe(Array("IVRf".utf8) + flat.dropFirst(4))
    #expect(!description.isReadable && description.className == "IndexIVFResidualQuantizerFastScan")
    #expect(description.dimension == SampleIndexes.dimension && description.count == 300)
    #expect(try describe(Array("IBxF".utf8)).className == "IndexBinaryFlat")
    #expect(throws: IndexError.self) { try describe(Array("nope".utf8)) }
  }
}
