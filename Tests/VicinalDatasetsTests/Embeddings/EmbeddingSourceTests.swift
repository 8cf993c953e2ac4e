import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Embeddings batch by batch")
struct EmbeddingSourceTests {
  /// 60 rows in files of 1, 2, 13 and 44 rows, of four element types.
  private func makeFiles(_ folder: ScratchFolder) throws -> (EmbeddingFiles, [Float]) {
    let rows = DataShape.integers.make(60, dimension: 3, seed: 11)
    func part(_ range: Range<Int>) -> [Float] { rows.rows(range).values }
    try folder.write(npy(part(0..<1), columns: 3), to: "a.npy")
    try folder.write(
      npy(
        header: "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }",
        data: (0..<3).flatMap { column in
          (1..<3).flatMap { [0, UInt8(rows.values[$0 * 3 + column])] }
        }), to: "b.npy")
    try folder.write(
      vecs((3..<16).map { rows[$0].map { UInt8($0) } }), to: "c.bvecs")
    try folder.write(
      vecs((16..<60).map { rows[$0].map(\.bitPattern) }), to: "d.fvecs")
    return (try EmbeddingFiles([folder.url.path]), rows.values)
  }

  @Test(
    "batches hold all rows in order, whatever their size",
    arguments: [1, 7, 44, 1_000_000, Int.max, 0, -5])
  func batchSizes(size: Int) throws {
    let folder = try ScratchFolder()
    let (files, values) = try makeFiles(folder)
    let memory = try InMemoryEmbeddings(values, dimension: 3)
    for source: any EmbeddingSource in [files, memory] {
      #expect(source.count == 60 && source.dimension == 3)
      let read = try batches(source, rows: size)
      #expect(read.values == values)
      #expect(read.sizes.allSatisfy { (1...max(1, size)).contains($0) })
      var next = 0
      for (first, count) in zip(read.firsts, read.sizes) {
        #expect(first == next)
        next += count
      }
      #expect(next == 60)
    }
  }

  @Test("loading gives all rows; chosen rows come from the right files")
  func choosing() throws {
    let folder = try ScratchFolder()
    let (files, values) = try makeFiles(folder)
    let memory = try InMemoryEmbeddings(values, dimension: 3)
    #expect(try files.load() == values && memory.load() == values)
    for numbers in [[], [0], [59], [0, 1, 2, 3, 15, 16, 59], [2, 2, 40, 40], Array(0..<60)] {
      let expected = numbers.flatMap { values[$0 * 3..<$0 * 3 + 3] }
      #expect(try files.vectors(numbers) == expected, "\(numbers)")
      #expect(try memory.vectors(numbers) == expected, "\(numbers)")
    }
  }

  @Test(
    "a sample depends on the seed alone and repeats no vector", arguments: [1, 2, 99] as [UInt64])
  func sample(seed: UInt64) throws {
    let numbered = try InMemoryEmbeddings((0..<1000).map { Float($0) }, dimension: 1)
    let folder = try ScratchFolder()
    try folder.write(npy(Array(numbered.values.prefix(300)), columns: 1), to: "a.npy")
    try folder.write(npy(Array(numbered.values.dropFirst(300)), columns: 1), to: "b.npy")
    let files = try EmbeddingFiles([folder.url.path])
    for count in [0, 1, 100, 999] {
      let drawn = try numbered.sample(count, seed: seed)
      #expect(drawn.count == count && Set(drawn).count == count, "seed \(seed)")
      #expect(drawn == drawn.sorted(), "seed \(seed)")
      #expect(try files.sample(count, seed: seed) == drawn, "seed \(seed)")
      #expect(try numbered.sample(count, seed: seed) == drawn, "seed \(seed)")
    }
    #expect(try numbered.sample(100, seed: seed) != numbered.sample(100, seed: seed + 1))
    #expect(try numbered.sample(5000, seed: seed) == numbered.values)
  }

  @Test("an error from the body ends the reading and comes through")
  func bodyErrors() throws {
    let folder = try ScratchFolder()
    let (files, values) = try makeFiles(folder)
    for source: any EmbeddingSource in [files, try InMemoryEmbeddings(values, dimension: 3)] {
      var calls = 0
      expectError(.cancelled, naming: ["enough"]) {
        try source.forEachBatch(rows: 1) { _, _ throws(IndexError) in
          calls += 1
          if calls == 5 { throw IndexError(.cancelled, "enough") }
        }
      }
      #expect(calls == 5)
    }
  }

  @Test("arrays that are not whole rows are errors")
  func shapes() throws {
    expectError(.dimensionMismatch) { _ = try InMemoryEmbeddings([1, 2, 3], dimension: 2) }
    expectError(.invalidArgument) { _ = try InMemoryEmbeddings([1], dimension: 0) }
    let none = try InMemoryEmbeddings([], dimension: 4)
    #expect(try none.count == 0 && none.load().isEmpty && none.sample(3, seed: 1).isEmpty)
    #expect(try batches(none, rows: 8).sizes.isEmpty)
  }

  @Test("a large file is read the same after its pages were dropped")
  func largeFile() throws {
    let folder = try ScratchFolder()
    let rows = DataShape.uniform.make(40_000, dimension: 16, seed: 12)
    let path = try folder.path("a.npy")
    try NPYWriter.write(rows.values, columns: 16, to: path)
    let files = try EmbeddingFiles([path])
    for _ in 0..<2 { #expect(try batches(files, rows: 10_000).values == rows.values) }
    let some = stride(from: 3, to: 40_000, by: 2).map { $0 }
    #expect(try files.vectors(some) == rows.rows(at: some).values)
    #expect(try files.load() == rows.values)
  }
}
