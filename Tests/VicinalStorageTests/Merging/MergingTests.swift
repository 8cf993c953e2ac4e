import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

@Suite("Files of inverted files put together on disk")
struct MergingTests {
  static let factories = [
    "IVF16,Flat", "IVF16_HNSW8,Flat", "IVF16,SQ8", "IVF16,PQ3", "IVF16,PQ4x4fs", "IVF16,RaBitQ",
    "IVF16,RaBitQfs3_64", "IVF16,RQ3x4", "RR,IVF16,Flat", "PCA7,IVF16,PQ7x4fs",
  ]

  /// An index over all vectors, and files of it in parts.
  private static func parts(
    _ factory: String, _ metric: Metric, sizes: [Int], in folder: ScratchFolder
  ) throws -> (whole: any VectorIndex, paths: [String]) {
    var trained = try IndexSpec(parsing: factory).makeIndex(
      dimension: SampleIndexes.dimension, metric: metric, isAccelerated: false)
    let rows = SampleIndexes.vectors(600, seed: 3)
    try trained.train(on: rows.batch())
    var whole = trained
    try whole.add(rows.batch())
    var (paths, first): ([String], Int) = ([], 0)
    for (number, size) in sizes.enumerated() {
      var part = trained
      let ids = (first..<first + size).map(Int64.init)
      let added = rows.rows(first..<first + size)
      #expect(try add(added, ids: ids, to: &part) != nil)
      paths.append(folder.path("part\(number)"))
      try IndexFile.write(part, to: paths[number])
      first += size
    }
    return (whole, paths)
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("are the bytes of an index that got all vectors at once", arguments: factories)
  func bytes(factory: String) throws {
    for metric in [Metric.l2, .innerProduct] {
      for sizes in [[600], [1, 599], [200, 0, 150, 250], Array(repeating: 20, count: 30)] {
        let folder = try ScratchFolder()
        let (whole, paths) = try Self.parts(factory, metric, sizes: sizes, in: folder)
        try IndexFile.merge(paths, to: folder.path("merged"))
        #expect(
          try Self.bytes(folder.path("merged")) == IndexFile.encode(whole), "\(metric) \(sizes)")
      }
    }
  }

  @Test("bring along settings and a direct map")
  func settings() throws {
    let folder = try ScratchFolder()
    var (whole, paths) = try Self.parts("IVF16,SQ8", .l2, sizes: [250, 350], in: folder)
    let settings = try KnobSettings(parsing: "nprobe=5")
    try IndexFile.merge(paths, to: folder.path("merged"), settings: settings, hasDirectMap: true)
    try settings.apply(to: &whole)
    var lists = try #require(whole as? IVFIndex)
    try lists.setDirectMap(.array)
    #expect(try Self.bytes(folder.path("merged")) == IndexFile.encode(lists))
  }

  @Test("must be of one training, and of lists")
  func refusals() throws {
    let folder = try ScratchFolder()
    let (_, paths) = try Self.parts("IVF16,Flat", .l2, sizes: [300, 300], in: folder)
    var other = try IVFIndex(dimension: SampleIndexes.dimension, listCount: 16)
    let sample = SampleIndexes.vectors(500, seed: 77)
    try other.train(on: sample.batch())
    try IndexFile.write(other, to: folder.path("other"))
    expectError(.invalidArgument, naming: ["trained"]) {
      try IndexFile.merge(paths + [folder.path("other")], to: folder.path("x"))
    }
    try IndexFile.write(SampleIndexes.built("HNSW8,SQ8"), to: folder.path("graph"))
    expectError(.unsupported, naming: ["graph"]) {
      try IndexFile.merge([folder.path("graph")], to: folder.path("x"))
    }
    expectError(.invalidArgument, naming: ["no parts"]) {
      try IndexFile.merge([], to: folder.path("x"))
    }
    var mapped = try #require(try IndexFile.read(paths[0]) as? IVFIndex)
    try mapped.setDirectMap(.hashTable)
    try IndexFile.write(mapped, to: folder.path("mapped"))
    expectError(.unsupported, naming: ["mapped"]) {
      try IndexFile.merge([folder.path("mapped")], to: folder.path("x"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("x")))
  }

  @Test("are searched as one, however they are named")
  func searching() throws {
    let folder = try ScratchFolder()
    let (whole, _) = try Self.parts("IVF16,Flat", .l2, sizes: [100, 200, 300], in: folder)
    let queries = SampleIndexes.vectors(20, seed: 4)
    let expected = try whole.search(queries.batch(), k: 9)
    for names in [["part"], ["part0", "part1", "part2"], ["."]] {
      for isMapped in [false, true] {
        var options = IndexFile.ReadOptions()
        options.isMapped = isMapped
        let parts = try IndexFile.readParts(
          names.map { $0 == "." ? folder.path("") : folder.path($0) }, options: options)
        #expect(try parts.search(queries.batch(), k: 9).ids == expected.ids, "\(names)")
      }
    }
    expectError(.fileSystem, naming: ["absent"]) {
      _ = try IndexFile.readParts([folder.path("absent")])
    }
  }
}
