package import Foundation

/// A file that faiss wrote, with queries and faiss's own answers: see
/// `Tests/Resources/golden/README.md`.
package struct GoldenFile: Sendable, Decodable, CustomStringConvertible {
  /// One search that faiss ran.
  package struct Search: Sendable, Decodable {
    /// faiss's parameter names, for example `nprobe`.
    package let params: [String: Double]
    package let ids: [[Int64]]
    package let distances: [[Float]]
  }

  /// An exact search over the vectors that codes stand for, with all lists probed.
  package struct Reference: Sendable, Decodable {
    package let ids: [[Int64]]
    package let distances: [[Float]]
  }

  package let file: String
  package let factory: String
  package let d: Int
  package let metric: String
  package let ntotal: Int
  package let compare: String
  package let writer: String
  package let tree: String
  package let k: Int?
  package let queries: [[Float]]?
  package let searches: [Search]?
  package let reference: Reference?

  /// Where the file is; filled in by the loader.
  package private(set) var url = URL(fileURLWithPath: "/")

  private enum CodingKeys: String, CodingKey {
    case file, factory, d, metric, ntotal, compare, writer, tree, k, queries, searches
    case reference
  }

  package var description: String { "\(file) by \(writer)" }

  /// The queries in one piece; no rows if the file has none.
  package var queryVectors: Vectors {
    Vectors((queries ?? []).flatMap { $0 }, dimension: max(1, d), description: "queries of \(file)")
  }

  /// The bytes of the index file.
  package func contents() throws -> Data { try Data(contentsOf: url) }

  /// `Tests/Resources/golden` of this checkout.
  package static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Resources/golden")

  /// All golden files whose name begins with `prefix`, those of older faiss releases included.
  package static func all(prefix: String = "") throws -> [GoldenFile] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try names.sorted().filter { $0.hasSuffix(".json") }
      .map { folder.appendingPathComponent($0) }
      .filter { $0.lastPathComponent.hasPrefix(prefix) }
      .map { try load($0) }
  }

  private static func load(_ sideCar: URL) throws -> GoldenFile {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    var golden = try decoder.decode(GoldenFile.self, from: Data(contentsOf: sideCar))
    golden.url = sideCar.deletingLastPathComponent().appendingPathComponent(golden.file)
    return golden
  }
}
