import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Factory strings of binary indexes")
struct BinaryIndexSpecTests {
  @Test("are read, made and written")
  func strings() throws {
    for (string, spec) in [
      ("BFlat", .flat), ("BHNSW16", .hnsw(links: 16)),
      ("BIVF100", .ivf(listCount: 100, coarseLinks: nil)),
      ("BIVF100_HNSW8", .ivf(listCount: 100, coarseLinks: 8)), ("BHash12", .hash(bits: 12)),
      ("BHash3x9", .multiHash(tables: 3, bits: 9)),
      ("IDMap,BFlat", .idMap(.flat, isReversible: false)),
      ("IDMap2,BHNSW4", .idMap(.hnsw(links: 4), isReversible: true)),
    ] as [(String, BinaryIndexSpec)] {
      let parsed = try BinaryIndexSpec(parsing: string)
      #expect(parsed == spec && parsed.description == string)
      #expect(try parsed.makeIndex(dimension: 64).dimension == 64)
    }
    #expect(try BinaryIndexSpec(parsing: "BIDMap2,BFlat").description == "IDMap2,BFlat")
    let coarse = try BinaryIndexSpec(parsing: "BIVF4_HNSW8").makeIndex(dimension: 32)
    #expect((coarse as? BinaryIVFIndex)?.coarse is BinaryHNSWIndex)
  }

  @Test("are refused where they make no sense")
  func refusals() {
    for string in [
      "", "Flat", "BFlat,", ",BFlat", "IDMap", "IDMap,IDMap,BFlat", "BIVF", "BIVF0", "BIVF8_",
      "BHNSW", "BHNSW1", "BHNSW1025", "BIVF8_HNSW1",
      "BIVF8_BHNSW8", "BIVF99999999999999999999", "BHashx3", "BHash3x", "BHNSW8,Flat", "bflat",
    ] {
      expectError(.invalidSpecification, string) { _ = try BinaryIndexSpec(parsing: string) }
    }
    expectError(.invalidArgument) {
      _ = try BinaryIndexSpec(parsing: "BHash9x9").makeIndex(dimension: 64)
    }
  }

  @Test(
    "errors point at the part that is wrong",
    arguments: [
      ("BHNSW0", 6), ("BHNSW1", 6), ("BIVF8_HNSW1", 11), ("BIVF0_HNSW8", 5), ("BHash3x", 8),
      ("IDMap,BHNSWx", 12), ("IDMap3,BFlat", 1), ("IDMap,Flat", 7),
    ])
  func places(text: String, character: Int) {
    let error = #expect(throws: IndexError.self) { try BinaryIndexSpec(parsing: text) }
    let start = "'\(text)', character \(character): "
    #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
  }
}
