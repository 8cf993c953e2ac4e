import Foundation
import VicinalTestSupport

/// A transform file that faiss wrote, with rows before and behind it.
struct GoldenTransform: Sendable, Decodable, CustomStringConvertible {
  struct Rows: Sendable, Decodable {
    let input: [[Float]]
    let output: [[Float]]
  }

  let file: String
  let d: Int
  let tree: String
  let transform: Rows?

  var description: String { file }

  static let folder = GoldenFile.folder.deletingLastPathComponent()
    .appendingPathComponent("transforms")

  var path: String { Self.folder.appendingPathComponent(file).path }

  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  static func all() throws -> [GoldenTransform] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".json") }
      .map {
        try JSONDecoder().decode(
          GoldenTransform.self, from: Data(contentsOf: folder.appendingPathComponent($0)))
      }
  }
}
