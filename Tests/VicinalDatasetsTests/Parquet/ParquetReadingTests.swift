import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalFiles
import VicinalTestSupport

/// `Fixtures/vectors.parquet`: 1000 rows in row groups of 130, number j of vector i is 3 i + j.
@Suite("Vectors in parquet files", .enabled(if: ArrowLibrary.isAvailable))
struct ParquetReadingTests {
  private let path = fixtureFolder.appendingPathComponent("vectors.parquet").path

  @Test("the footer tells rows and row groups without reading data")
  func footer() throws {
    let footer = try ParquetFooter(FileLocation(path))
    #expect(footer.rows == 1000)
    #expect(footer.groupStarts == Array(stride(from: 0, to: 1000, by: 130)) + [1000])
    #expect(try footer.dimension(of: "embedding") == 3)
    #expect(try footer.value(of: "no such key").isEmpty)
  }

  @Test("batches of any size give all vectors in order", arguments: [1, 7, 130, 131, 999, 5000])
  func inBatches(rows: Int) throws {
    let (values, sizes, firsts) = try batches(EmbeddingFiles([path]), rows: rows)
    #expect(values == (0..<3000).map(Float.init))
    #expect(sizes.dropLast().allSatisfy { $0 == min(rows, 1000) })
    #expect(firsts == Array(stride(from: 0, to: 1000, by: rows)))
  }

  @Test("chosen vectors, repeated ones and such in few row groups")
  func chosen() throws {
    let source = try EmbeddingFiles([path])
    var generator = SplitMix64(seed: 3)
    var cases: [[Int]] = [[], [0], [999], [0, 0, 999, 999], [129, 130], [5, 500, 501, 502]]
    for count in [3, 20, 400] {
      cases.append(
        (0..<count).map { _ in Int.random(in: 0..<1000, using: &generator) }.sorted())
    }
    for rows in cases {
      let expected: [Float] = rows.flatMap { row in (0..<3).map { Float(3 * row + $0) } }
      #expect(try source.vectors(rows) == expected, "rows \(rows)")
    }
  }

  @Test("parquet files and others make one sequence; id columns then make no sense")
  func mixed() throws {
    let folder = try ScratchFolder()
    try folder.write(npy([1, 2, 3], columns: 3), to: "a.npy")
    let source = try EmbeddingFiles([folder.path("a.npy"), path])
    #expect(source.count == 1001 && source.files.count == 2)
    expectError(.unsupported, naming: ["mixed"]) { _ = try IDMapping(columns: ["id"], of: source) }
  }

  @Test("the first file in order that cannot be opened is the error, however many there are")
  func firstError() throws {
    let folder = try ScratchFolder()
    for number in 10..<60 { try folder.write([1, 2, 3], to: "\(number).parquet") }
    for _ in 0..<5 {
      expectError(.corruptFile, naming: ["10.parquet"]) {
        _ = try EmbeddingFiles([folder.url.path])
      }
    }
  }
}
