import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Files of binary indexes that we write")
struct BinaryWrittenTests {
  let rows = BitVectors.random(500, dimension: 72, seed: 51)
  let queries = BitVectors.random(20, dimension: 72, seed: 52)

  private func indexes() throws -> [any BinaryIndex] {
    var flat = try BinaryFlatIndex(dimension: 72)
    try flat.add(rows.batch())
    var result: [any BinaryIndex] = [flat, try BinaryFlatIndex(dimension: 72)]
    for kind in [DirectMap.Kind.none, .array, .hashTable] {
      var inverted = try BinaryIVFIndex(
        dimension: 72, listCount: 11,
        coarse: kind == .array ? BinaryHNSWIndex(dimension: 72, links: 4) : nil)
      result.append(inverted)
      try inverted.train(on: rows.batch())
      try inverted.setDirectMap(kind)
      inverted.probes = 4
      try inverted.add(rows.batch())
      result.append(inverted)
    }
    var graph = try BinaryHNSWIndex(dimension: 72, links: 6)
    result.append(graph)
    try graph.add(rows.batch())
    result.append(graph)
    for isReversible in [true, false] {
      var mapped = try BinaryIDMapIndex(
        BinaryHNSWIndex(dimension: 72, links: 6), isReversible: isReversible)
      let ids = (0..<500).map { Int64($0) * 1_000_000_007 }
      try mapped.add(rows.batch(), ids: ids.span, execution: Execution())
      result.append(mapped)
    }
    var floats = try BinaryFromFloatIndex(FlatIndex(dimension: 72))
    try floats.add(rows.batch())
    result.append(floats)
    for count in [0, 1, 2, 4, 500] {
      let some = rows.rows(0..<count)
      for hashBits in [3, 20] {
        var hash = try BinaryHashIndex(dimension: 72, hashBits: hashBits)
        hash.flips = 2
        try hash.add(some.batch())
        result.append(hash)
        var hashes = try BinaryMultiHashIndex(dimension: 72, tableCount: 3, hashBits: hashBits)
        hashes.flips = 1
        try hashes.add(some.batch())
        result.append(hashes)
      }
    }
    return result
  }

  @Test("come back as they were")
  func roundTrip() throws {
    for index in try indexes() {
      let bytes = try BinaryIndexFile.encode(index)
      #expect(bytes.count == (try BinaryIndexFile.byteCount(of: index)))
      let again = try BinaryIndexFile.decode(bytes)
      let context = "\(type(of: index)), \(index.count) vectors"
      #expect(type(of: again) == type(of: index) && again.count == index.count)
      #expect(try BinaryIndexFile.encode(again) == bytes, "\(context)")
      guard index.isTrained else { continue }
      let found = try again.search(queries.batch(), k: 9)
      #expect(try found == index.search(queries.batch(), k: 9), "\(context)")
    }
  }

  @Test("buckets that hold all vectors survive, which faiss's own writer gets wrong")
  func fullBuckets() throws {
    // Four equal vectors: their number is a power of two and does not fit ⌈log2 4⌉ bits.
    let same = BitVectors([UInt8](repeating: 7, count: 4 * 2), dimension: 16)
    var index = try BinaryMultiHashIndex(dimension: 16, tableCount: 1, hashBits: 5)
    try index.add(same.batch())
    let again = try BinaryIndexFile.decode(try BinaryIndexFile.encode(index))
    let query = same.rows(0..<1)
    #expect(try again.search(query.batch(), k: 5).ids == [0, 1, 2, 3, -1])
  }

  @Test("appear on disk, and can be mapped")
  func files() throws {
    let folder = try ScratchFolder()
    for (number, index) in try indexes().enumerated() {
      let path = folder.url.appendingPathComponent("\(number).index").path
      try BinaryIndexFile.write(index, to: path)
      var options = IndexFile.ReadOptions()
      options.isMapped = true
      var mapped = try BinaryIndexFile.read(path, options: options)
      guard index.isTrained else { continue }
      let before = try mapped.search(queries.batch(), k: 3)
      #expect(try before == index.search(queries.batch(), k: 3))
      // A change copies what it touches.
      try mapped.add(rows.batch())
      #expect(mapped.count == index.count + 500)
    }
  }
}
