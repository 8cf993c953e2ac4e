import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalFiles
import VicinalTestSupport

@Suite("Builds without Arrow", .disabled(if: ArrowLibrary.isAvailable))
struct WithoutArrowTests {
  @Test("parquet files, id columns and servers are refused, with how to build with them")
  func refused() throws {
    let folder = try ScratchFolder()
    try folder.write(npy([1, 2], columns: 2), to: "a.npy")
    try folder.write([1], to: "p/a.parquet")
    for path in [try folder.path("p"), "s3://bucket/x", "hdfs://host/x"] {
      expectError(.unsupported, naming: ["--traits Arrow"]) { _ = try EmbeddingFiles([path]) }
    }
    let source = try EmbeddingFiles([folder.path("a.npy")])
    expectError(.unsupported, naming: ["--traits Arrow"]) {
      _ = try IDMapping(columns: ["id"], of: source)
    }
    let output = try folder.path("rows.parquet")
    expectError(.unsupported, naming: ["--traits Arrow"]) {
      _ = try RowFiles.begin(output, .idsAndVectors, rows: 1, dimension: 1)
    }
  }
}
