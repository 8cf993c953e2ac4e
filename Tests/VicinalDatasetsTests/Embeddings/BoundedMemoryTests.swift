import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

/// Files much larger than what may be resident; they are sparse and take no space on the disk.
@Suite("Reading large files", .serialized)
struct BoundedMemoryTests {
  // 2 MiB per column: Linux then maps all of a column when its first number is touched.
  private static let size = 256 << 20
  private static let dimension = 128
  private static let bound = 96 << 20
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func source(_ order: String) throws -> EmbeddingFiles {
    let rows = Self.size / (4 * Self.dimension)
    let header = npy(
      header: "{'descr': '<f4', 'fortran_order': \(order), 'shape': (\(rows), \(Self.dimension)), }"
    )
    let path = try folder.write(header, to: "large.npy")
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: UInt64(header.count + Self.size))
    try file.close()
    return try EmbeddingFiles([path])
  }

  @Test("does not keep what was read", arguments: ["False", "True"], [16, 20_000])
  func streaming(order: String, rows: Int) throws {
    let source = try source(order)
    let watch = FilePageWatch()
    var (sum, seen) = (Float(0), 0)
    try source.forEachBatch(rows: rows) { batch, _ throws(IndexError) in
      for row in 0..<batch.count { sum += batch.row(row)[row % Self.dimension] }
      seen += batch.count
    }
    let most = watch.stop()
    #expect(seen == source.count && sum == 0)
    #expect(most < Self.bound, "\(most >> 20) MB of \(Self.size >> 20) MB were resident")
  }

  @Test("does not keep what a sample touches", arguments: ["False", "True"], [300, 30_000])
  func sampling(order: String, count: Int) throws {
    let source = try source(order)
    let watch = FilePageWatch()
    for seed in UInt64(1)...3 {
      #expect(try source.sample(count, seed: seed).count == count * Self.dimension)
    }
    let most = watch.stop()
    #expect(most < Self.bound, "\(most >> 20) MB of \(Self.size >> 20) MB were resident")
  }
}
