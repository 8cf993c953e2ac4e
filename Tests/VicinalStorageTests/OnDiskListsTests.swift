import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

/// Lists in a second file, which faiss's `OnDiskInvertedLists` keeps.
@Suite("Inverted lists in a file of their own")
struct OnDiskListsTests {
  private static let folder = GoldenFile.folder.deletingLastPathComponent()
    .appendingPathComponent("ondisk")
  private static let first = folder.appendingPathComponent("ivf_ondisk.faiss")
  private static let second = folder.appendingPathComponent("ivf_ondisk.ivfdata")

  private func golden() throws -> GoldenFile {
    let sideCar = Self.folder.appendingPathComponent("ivf_ondisk.json")
    return try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: sideCar))
  }

  @Test("are read from beside the index, copied or mapped", arguments: [false, true])
  func reading(isMapped: Bool) throws {
    var options = IndexFile.ReadOptions()
    options.isMapped = isMapped
    let index = try IndexFile.read(Self.first.path, options: options)
    let golden = try golden()
    #expect(index.count == golden.ntotal)
    try expectAnswers(of: index, golden, "mapped \(isMapped)")
    // They are written as lists in memory.
    let written = try IndexFile.encode(index)
    try expectAnswers(of: IndexFile.decode(written), golden, "written anew")
    let description = try IndexFile.describe(Self.first.path)
    #expect(
      description.count == golden.ntotal && description.children.contains { $0.code == "ilod" })
  }

  /// Reads a changed first file beside a changed second one.
  private func refusal(
    first: (inout [UInt8]) -> Void = { _ in }, second: (inout [UInt8]) -> Void = { _ in }
  ) throws -> IndexError? {
    let folder = try ScratchFolder()
    var bytes = Array(try Data(contentsOf: Self.first))
    var data = Array(try Data(contentsOf: Self.second))
    first(&bytes)
    second(&data)
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path("index")))
    try Data(data).write(to: URL(fileURLWithPath: folder.path("ivf_ondisk.ivfdata")))
    do throws(IndexError) {
      let index = try IndexFile.read(folder.path("index"))
      let query = [Float](repeating: 0.5, count: index.dimension)
      _ = try? index.search(VectorBatch(query.span, dimension: index.dimension), k: 3)
      return nil
    } catch {
      return error
    }
  }

  @Test("any damage of the places is an error or still finds lists")
  func damage() throws {
    #expect(try refusal() == nil)
    #expect(try refusal(second: { $0.removeLast() })?.code == .corruptFile)
    #expect(try refusal(second: { $0 = [] })?.code == .corruptFile)
    let bytes = Array(try Data(contentsOf: Self.first))
    let start = try #require(bytes.firstRange(of: Array("ilod".utf8))).lowerBound
    var refused = 0
    for place in start..<bytes.count - 8 {
      for poison: UInt64 in [0, 1 << 31, 1 << 62, .max, 10_079] {
        let error = try refusal { bytes in
          for byte in 0..<8 {
            bytes[place + byte] = UInt8(truncatingIfNeeded: poison >> UInt64(8 * byte))
          }
        }
        if let error {
          refused += 1
          let isExpected = error.code == .corruptFile || error.code == .unsupported
          #expect(isExpected, "byte \(place), \(poison): \(error)")
        }
      }
    }
    #expect(refused > 500)
  }

  @Test("a folder that the index names is not followed, and bytes in memory have no second file")
  func missing() throws {
    let name = Array("ivf_ondisk.ivfdata".utf8)
    let other = Array("/etc/../etc/passwd".utf8)
    let error = try refusal { bytes in
      if let place = bytes.firstRange(of: name) { bytes.replaceSubrange(place, with: other) }
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("'passwd'") == true)
    let bytes = Array(try Data(contentsOf: Self.first))
    let inMemory = #expect(throws: IndexError.self) { try IndexFile.decode(bytes) }
    #expect(inMemory?.code == .unsupported)
  }
}
