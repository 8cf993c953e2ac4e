import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Files written by Vicinal")
struct WrittenFileTests {
  static let names = SampleIndexes.all.map(\.name)

  static func sample(_ name: String) throws -> any VectorIndex {
    try #require(SampleIndexes.all.first { $0.name == name }).make()
  }

  @Test("give the same answers when read, in memory or mapped", arguments: names)
  func answers(name: String) throws {
    let index = try Self.sample(name)
    let folder = try ScratchFolder()
    let path = folder.path("sample.index")
    try IndexFile.write(index, to: path)
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(bytes.count == (try IndexFile.byteCount(of: index)))
    #expect(bytes == (try IndexFile.encode(index)))
    for (isMapped, isAccelerated) in [(false, true), (false, false), (true, false), (true, true)] {
      var options = IndexFile.ReadOptions()
      options.isMapped = isMapped
      options.isAccelerated = isAccelerated
      let copy = try IndexFile.read(path, options: options)
      #expect(type(of: copy) == type(of: index))
      #expect(copy.count == index.count && copy.metric == index.metric)
      #expect(copy.isTrained == index.isTrained)
      #expect(try IndexFile.encode(copy) == bytes, "mapped \(isMapped)")
      guard index.isTrained else { continue }
      let queries = SampleIndexes.vectors(20, seed: 9)
      let found = try copy.search(queries.batch(), k: 7)
      let expected = try index.search(queries.batch(), k: 7)
      if isAccelerated || !(index.core is HNSWIndex) { #expect(found.ids == expected.ids) }
      for (id, distance) in zip(found.ids, found.distances) where id < 0 {
        #expect(distance == index.metric.worst)
      }
    }
  }

  @Test("can be added to and changed after reading, mapped ones too", arguments: names)
  func changes(name: String) throws {
    let folder = try ScratchFolder()
    let path = folder.path("sample.index")
    try IndexFile.write(try Self.sample(name), to: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    for isMapped in [false, true] {
      var options = IndexFile.ReadOptions()
      options.isMapped = isMapped
      var index = try IndexFile.read(path, options: options)
      guard index.isTrained else { continue }
      let count = index.count
      let more = SampleIndexes.vectors(40, seed: 11)
      try index.add(more.batch())
      #expect(index.count == count + 40)
      let copy = try IndexFile.decode(try IndexFile.encode(index))
      let found = try index.search(more.batch(), k: 3)
      #expect(try copy.search(more.batch(), k: 3).ids.count == found.ids.count)
      if let removable = index as? any RemovableIndex {
        var changed = removable
        _ = try? changed.remove(.range(0..<5))
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("mapped indexes leave the vectors in the file")
  func mappedMemory() throws {
    let folder = try ScratchFolder()
    for (name, index) in [
      ("flat", try SampleIndexes.flat(.l2, count: 100_000) as any VectorIndex),
      ("ivf", try SampleIndexes.inverted()),
    ] {
      let path = folder.path(name)
      try IndexFile.write(index, to: path)
      var options = IndexFile.ReadOptions()
      options.isMapped = true
      let mapped = try IndexFile.read(path, options: options)
      #expect(mapped.byteCount < index.byteCount / 2, "\(name): \(mapped.byteCount)")
      #expect((mapped as? FlatIndex)?.isAccelerated != true)
      #expect((mapped as? FlatIndex).map { $0.byteCount == 0 } ?? true)
      // The index keeps the file alive when another takes its place.
      try IndexFile.write(FlatIndex(dimension: 3), to: path)
      let queries = SampleIndexes.vectors(5, seed: 4)
      #expect(
        try mapped.search(queries.batch(), k: 4).ids == index.search(queries.batch(), k: 4).ids)
    }
  }

  @Test("companions are built unless the file is mapped or the caller says otherwise")
  func companionRule() {
    var options = IndexFile.ReadOptions()
    #expect(options.isAccelerated)
    options.isMapped = true
    #expect(!options.isAccelerated)
    options.isAccelerated = true
    #expect(options.isAccelerated && options.isMapped)
  }

  @Test("vectors that are not numbers are read and do not disturb the others")
  func notFinite() throws {
    for (metric, poison) in [
      (Metric.l2, Float.nan), (.l2, .infinity), (.innerProduct, .nan), (.innerProduct, -.infinity),
    ] {
      let index = try SampleIndexes.flat(metric, count: 100)
      var bytes = try IndexFile.encode(index)
      // Row 50 begins behind the header (45 bytes).
      let place = 45 + 50 * SampleIndexes.dimension * 4
      for byte in 0..<4 { bytes[place + byte] = UInt8(poison.bitPattern >> UInt32(8 * byte) & 255) }
      let damaged = try IndexFile.decode(bytes)
      var options = IndexFile.ReadOptions()
      options.isAccelerated = false
      let plain = try IndexFile.decode(bytes, options: options)
      for count in [1, 20] {
        let queries = SampleIndexes.vectors(count, seed: 5)
        let expected = try index.search(
          queries.batch(), k: 10, options: SearchOptions(filter: .not(.list([50]))))
        for other in [damaged, plain] {
          let found = try other.search(
            queries.batch(), k: 10, options: SearchOptions(filter: .not(.list([50]))))
          #expect(found.ids == expected.ids, "\(metric) \(poison)")
          _ = try other.search(queries.batch(), k: 10)
        }
      }
    }
  }
}
