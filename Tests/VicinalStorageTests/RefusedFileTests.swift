import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Files that are refused")
struct RefusedFileTests {
  private static let folder = GoldenFile.folder.deletingLastPathComponent()
    .appendingPathComponent("refused")

  private func refusal(_ bytes: [UInt8]) -> IndexError? {
    do throws(IndexError) {
      _ = try IndexFile.decode(bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "files without their vectors or lists, or of another meaning, say what is the matter",
    arguments: [
      ("ivf_no_lists.faiss", "il00"), ("ivf_ondisk.faiss", "ilod"),
      ("hnsw_no_storage.faiss", "null"), ("rabitq4_ip_1.13.1.faiss", "1.13.1"),
    ])
  func missingParts(file: String, word: String) throws {
    let path = Self.folder.appendingPathComponent(file).path
    let error = #expect(throws: IndexError.self) { try IndexFile.read(path) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains(word) == true && error?.message.contains(path) == true)
  }

  private static let unsupported = [
    "IxLa", "IxEe", "IRfs", "IwSh", "IwEe", "IVRf", "IwIQ", "IHN2", "IHc2", "INSf", "INNf", "IRMf",
    "Ix2L", "ISVD", "IBxF", "IBwF", "VNrm", "LTra", "ilar", "null",
  ]

  @Test("other kinds of index are refused by name, alone and as part", arguments: unsupported)
  func kinds(code: String) throws {
    // A whole header follows, so that only the code can be what is refused.
    let flat = try IndexFile.encode(FlatIndex(dimension: 4))
    let bytes = Array(code.utf8) + flat.dropFirst(4)
    let alone = try #require(refusal(bytes))
    #expect(alone.code == .unsupported)
    #expect(alone.message.contains(code) && alone.message.contains("byte 0"))

    var mapped = try IndexFile.encode(try IDMapIndex(FlatIndex(dimension: 4)))
    // The inner index begins behind the code and header of the map.
    mapped.replaceSubrange(37..<41, with: Array(code.utf8))
    let inside = try #require(refusal(mapped))
    #expect(inside.code == .unsupported)
    #expect(inside.message.contains(code) && inside.message.contains("byte 37"))
  }

  @Test("what is no index at all is a corrupt file", arguments: ["", "I", "PK\u{3}\u{4}", "ixf2"])
  func noIndex(start: String) throws {
    let bytes = Array(start.utf8) + (start.utf8.count == 4 ? [UInt8](repeating: 0, count: 60) : [])
    let error = try #require(refusal(bytes))
    #expect(error.code == .corruptFile)
  }

  @Test("more than 50 indexes inside each other are refused")
  func nesting() throws {
    func nested(_ count: Int) throws -> [UInt8] {
      // An empty map: code and header, the index inside, no ids.
      let head = try IndexFile.encode(try IDMapIndex(FlatIndex(dimension: 4))).prefix(37)
      var bytes = try IndexFile.encode(FlatIndex(dimension: 4))
      for _ in 1..<count { bytes = head + bytes + [UInt8](repeating: 0, count: 8) }
      return bytes
    }
    #expect(refusal(try nested(50)) == nil)
    #expect(refusal(try nested(51))?.code == .corruptFile)
  }

  @Test("an id map whose index numbers vectors beyond the map is refused")
  func foreignNumbers() throws {
    var inner = try SampleIndexes.inverted()
    try inner.reset()
    let rows = SampleIndexes.vectors(3, seed: 1)
    let ids: [Int64] = [0, 1, 2]
    try inner.add(rows.batch(), ids: ids.span, execution: Execution())
    let good = try IndexFile.encode(try IDMapIndex(inner, ids: [7, 8, 9]))
    #expect(refusal(good) == nil)
    // The reader makes the map the same way.
    for wrong in [Int64(3), 1 << 40] {
      try inner.reset()
      let ids: [Int64] = [0, 1, wrong]
      try inner.add(rows.batch(), ids: ids.span, execution: Execution())
      let lists = inner
      let error = #expect(throws: IndexError.self) { try IDMapIndex(lists, ids: [7, 8, 9]) }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("an untrained index cannot claim a huge number of lists")
  func hugeListCount() throws {
    let index = try IVFIndex(dimension: 4, listCount: 3)
    var bytes = try IndexFile.encode(index)
    let count: [UInt8] = [0, 0, 0, 64, 0, 0, 0, 0]
    // In the header of the inverted file and in that of its lists.
    bytes.replaceSubrange(37..<45, with: count)
    let lists = try #require(bytes.firstRange(of: Array("ilar".utf8)))
    bytes.replaceSubrange(lists.upperBound..<lists.upperBound + 8, with: count)
    #expect(refusal(bytes)?.code == .corruptFile)
  }

  @Test("bytes behind the index are ignored, as in faiss")
  func trailing() throws {
    let bytes = try IndexFile.encode(try SampleIndexes.graph())
    #expect(refusal(bytes + [1, 2, 3]) == nil)
  }

  @Test("a missing file, a folder and an empty file are errors")
  func noFile() throws {
    let folder = try ScratchFolder()
    for path in [folder.path("missing"), folder.url.path] {
      let error = #expect(throws: IndexError.self) { try IndexFile.read(path) }
      #expect(error?.code == .fileSystem)
      #expect(throws: IndexError.self) { try IndexFile.describe(path) }
    }
    try Data().write(to: URL(fileURLWithPath: folder.path("empty")))
    let error = #expect(throws: IndexError.self) { try IndexFile.read(folder.path("empty")) }
    #expect(error?.code == .corruptFile)
  }
}
