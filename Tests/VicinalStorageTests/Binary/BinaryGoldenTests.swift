import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Files of binary indexes written by faiss")
struct BinaryGoldenTests {
  @Test("all golden files are there")
  func filesAreThere() { #expect(BinaryGoldenFile.all.count == 14) }

  @Test("give the answers that faiss gave", arguments: BinaryGoldenFile.all)
  func answers(golden: BinaryGoldenFile) throws {
    for isMapped in [false, true] {
      var options = IndexFile.ReadOptions()
      options.isMapped = isMapped
      let index = try BinaryIndexFile.read(golden.url.path, options: options)
      #expect(index.dimension == golden.d && index.count == golden.ntotal)
      try expectAnswers(of: index, golden)
    }
  }

  @Test("come out of read and write with the same bytes", arguments: BinaryGoldenFile.all)
  func roundTrip(golden: BinaryGoldenFile) throws {
    let bytes = try golden.bytes()
    let written = try BinaryIndexFile.encode(try BinaryIndexFile.decode(bytes))
    #expect(written.count == bytes.count, "\(golden)")
    if golden.isHashOrdered {
      let again = try BinaryIndexFile.decode(written)
      try expectAnswers(of: again, golden)
      #expect(try BinaryIndexFile.encode(again) == written)
    } else {
      #expect(written == bytes, "\(golden)")
    }
  }

  @Test("are described without loading", arguments: BinaryGoldenFile.all)
  func descriptions(golden: BinaryGoldenFile) throws {
    let description = try BinaryIndexFile.describe(golden.url.path)
    #expect(description.byteCount == (try golden.bytes().count))
    #expect(description.dimension == golden.d && description.count == golden.ntotal)
    #expect(golden.tree.hasPrefix(description.code))
    #expect(description.text.contains(description.className))
  }

  @Test("are refused where floats are expected, and the other way round")
  func wrongDoor() throws {
    let golden = try #require(BinaryGoldenFile.all.first)
    expectError(.unsupported, naming: ["binary"]) {
      _ = try IndexFile.decode(try golden.bytes())
    }
    let floats = try IndexFile.encode(FlatIndex(dimension: 8))
    expectError(.unsupported, naming: ["IndexFlatL2", "IndexFile"]) {
      _ = try BinaryIndexFile.decode(floats)
    }
  }
}

/// Requires faiss's distances, and its ids where they are not tied with the last place.
private func expectAnswers(of index: any BinaryIndex, _ golden: BinaryGoldenFile) throws {
  var index = index
  let queries = golden.queryVectors
  for search in golden.searches {
    var options = SearchOptions()
    options.probes = search.params["nprobe"].map { Int($0) }
    options.efSearch = search.params["efSearch"].map { Int($0) }
    if let flips = search.params["nflip"] {
      switch index {
      case var hash as BinaryHashIndex:
        hash.flips = Int(flips)
        index = hash
      case var hash as BinaryMultiHashIndex:
        hash.flips = Int(flips)
        index = hash
      default: Issue.record("\(golden) has no hashes")
      }
    }
    let found = try index.search(queries.batch(), k: golden.k, options: options)
    for query in 0..<found.queryCount {
      let (ids, distances) = (search.ids[query], search.distances[query])
      let wanted = zip(ids, distances).map { $0 < 0 ? Float.infinity : Float($1) }
      let place = query * golden.k..<(query + 1) * golden.k
      #expect(Array(found.distances[place]) == wanted, "\(golden), \(search.params)")
      let last = distances.last ?? 0
      let sure = zip(ids, distances).filter { $0 >= 0 && $1 < last }.map(\.0)
      #expect(Set(sure).isSubset(of: found.ids[place]), "\(golden), \(search.params)")
    }
  }
}
