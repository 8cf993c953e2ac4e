import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Files written by faiss")
struct GoldenFileTests {
  static let files = (try? GoldenFile.all()) ?? []

  @Test("all golden files are there")
  func filesAreThere() {
    #expect(Self.files.count == 253)
  }

  @Test("give the answers that faiss gave", arguments: files)
  func answers(golden: GoldenFile) throws {
    for isAccelerated in [true, false] {
      for isMapped in [false, true] {
        var options = IndexFile.ReadOptions()
        options.isMapped = isMapped
        options.isAccelerated = isAccelerated
        let index = try IndexFile.read(golden.url.path, options: options)
        #expect(index.dimension == golden.d)
        let unlisted = (index.core as? IVFIndex)?.unlistedCount ?? 0
        #expect(index.count + unlisted == golden.ntotal)
        try expectAnswers(of: index, golden, "accelerated \(isAccelerated), mapped \(isMapped)")
      }
    }
  }

  @Test("come out of read and write with the same bytes", arguments: files.filter { !$0.isLegacy })
  func roundTrip(golden: GoldenFile) throws {
    let bytes = try golden.bytes()
    for isMapped in [false, true] {
      var options = IndexFile.ReadOptions()
      options.isMapped = isMapped
      let written = try IndexFile.encode(try IndexFile.read(golden.url.path, options: options))
      if golden.isHashOrdered {
        #expect(written.count == bytes.count)
        let again = try IndexFile.encode(try IndexFile.decode(written))
        #expect(again == written, "\(golden)")
        #expect(written.count(where: { $0 == 7 }) == bytes.count(where: { $0 == 7 }))
      } else {
        #expect(written == bytes, "\(golden), mapped \(isMapped)")
      }
    }
  }

  /// What takes the place of codes of old releases.
  private static let present = [
    "IvFl": "IwFl", "IvFL": "IwFl", "IvPQ": "IwPQ", "IvQR": "IwQR", "IvSQ": "IwSq",
    "IwSQ": "IwSq", "IxPQ": "IxPq", "IxPo": "IxPq", "IxHE": "IxHe",
    "IxRQ": "IxRq", "Irfs": "Irfn", "Iwrf": "Iwrn", "IwPn": "IwP2",
  ]

  @Test("of old formats are written in the present one", arguments: files.filter(\.isLegacy))
  func legacy(golden: GoldenFile) throws {
    let index = try IndexFile.decode(try golden.bytes())
    let written = try IndexFile.encode(index)
    let code = String(golden.tree.prefix(4))
    #expect(String(decoding: written.prefix(4), as: UTF8.self) == Self.present[code] ?? code)
    try expectAnswers(of: try IndexFile.decode(written), golden, "written anew")
  }

  @Test("are described without loading", arguments: files)
  func descriptions(golden: GoldenFile) throws {
    let description = try IndexFile.describe(golden.url.path)
    #expect(description.offset == 0)
    #expect(description.byteCount == (try golden.bytes().count))
    #expect(description.dimension == golden.d)
    #expect(description.count == golden.ntotal)
    #expect(golden.tree.hasPrefix(description.code))
    #expect(description.text.contains(description.className))
  }

  @Test("with vectors that faiss counted but did not store keep counting")
  func unlisted() throws {
    let golden = try #require(Self.files.first { $0.file == "ivf_flat_nan.faiss" })
    var index = try #require(try IndexFile.decode(try golden.bytes()) as? IVFIndex)
    #expect(index.unlistedCount > 0)
    let vector = [Float](repeating: 100, count: golden.d)
    try index.add(VectorBatch(vector.span, dimension: golden.d))
    let found = try index.search(
      VectorBatch(vector.span, dimension: golden.d), k: 1,
      options: SearchOptions(probes: index.listCount))
    #expect(found.ids == [Int64(golden.ntotal)])
    let again = try #require(try IndexFile.decode(try IndexFile.encode(index)) as? IVFIndex)
    #expect(again.unlistedCount == index.unlistedCount)
  }
}
