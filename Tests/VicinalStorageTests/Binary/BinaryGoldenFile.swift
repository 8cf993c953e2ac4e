import Foundation
import VicinalCore
import VicinalTestSupport

/// A file of a binary index that faiss wrote, with queries and faiss's own answers: see
/// `Tests/Resources/binary/README.md`.
struct BinaryGoldenFile: Sendable, Decodable, CustomStringConvertible {
  struct Search: Sendable, Decodable {
    let params: [String: Double]
    let ids: [[Int64]]
    let distances: [[Int]]
  }

  let file: String
  let factory: String
  let d: Int
  let ntotal: Int
  let tree: String
  let k: Int
  let queries: [String]
  let searches: [Search]
  private(set) var url = URL(fileURLWithPath: "/")

  private enum CodingKeys: String, CodingKey {
    case file, factory, d, ntotal, tree, k, queries, searches
  }

  var description: String { url.path.split(separator: "/").suffix(2).joined(separator: "/") }

  /// The queries, from hexadecimal.
  var queryVectors: BitVectors {
    let bytes = queries.flatMap { text in
      let digits = text.compactMap { $0.hexDigitValue.map { UInt8($0) } }
      return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
    return BitVectors(bytes, dimension: d, description: "queries of \(file)")
  }

  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: url)) }

  /// Files whose content has no defined order.
  var isHashOrdered: Bool { file.contains("hash") }

  static let all: [BinaryGoldenFile] = (try? load()) ?? []

  private static func load() throws -> [BinaryGoldenFile] {
    let folder = GoldenFile.folder.deletingLastPathComponent().appendingPathComponent("binary")
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try names.sorted().filter { $0.hasSuffix(".json") }.map { name in
      let sideCar = folder.appendingPathComponent(name)
      var golden = try JSONDecoder().decode(
        BinaryGoldenFile.self, from: Data(contentsOf: sideCar))
      golden.url = sideCar.deletingLastPathComponent().appendingPathComponent(golden.file)
      return golden
    }
  }
}
