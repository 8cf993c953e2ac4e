import Foundation
import VicinalCoding
import VicinalCore
import VicinalTestSupport

/// A RaBitQ index that faiss wrote, taken apart without the code that reads files.
struct RaBitQGolden: Decodable, CustomStringConvertible {
  struct Search: Decodable {
    let params: [String: Int]
    let ids: [[Int64]]
    let distances: [[Float]]
  }
  struct Codec: Decodable {
    let input: [[Float]]
    let vectors: [[Float]]
    let codes: [String]
  }

  let file: String
  let d: Int
  let metric: String
  let ntotal: Int
  let k: Int
  let queries: [[Float]]
  let searches: [Search]
  let codec: Codec
  private(set) var bytes: [UInt8] = []

  private enum CodingKeys: String, CodingKey {
    case file, d, metric, ntotal, k, queries, searches, codec
  }

  var description: String { file }
  var isInverted: Bool { file.hasPrefix("ivf") }
  var isInnerProduct: Bool { metric == "INNER_PRODUCT" }

  /// The digit in the name.
  var bits: Int { Int(String(file.drop { !$0.isNumber }.prefix { $0.isNumber })) ?? 0 }

  var queryVectors: Vectors { Vectors(queries.flatMap(\.self), dimension: d) }

  private func floats(_ range: Range<Int>) -> [Float] {
    stride(from: range.lowerBound, to: range.upperBound, by: 4).map { at in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
    }
  }

  /// A flat index: header of 37 bytes, quantizer of 20 or 28, codes, centre, query bits.
  var flat: (codec: RaBitQuantizer, codes: [UInt8]) {
    get throws {
      var codec = try RaBitQuantizer(
        dimension: d, metric: isInnerProduct ? .innerProduct : .l2, bits: bits)
      let start = 37 + (bits == 1 ? 20 : 28) + 8
      let end = start + ntotal * codec.codeSize
      codec.center = floats(end + 8..<end + 8 + d * 4)
      codec.isTrained = true
      return (codec, Array(bytes[start..<end]))
    }
  }

  /// The centroids of an inverted file, which follow two headers and two counts.
  func centroid(_ list: Int) -> [Float] {
    let start = 37 + 16 + 37 + 8 + list * d * 4
    return floats(start..<start + d * 4)
  }

  static func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map { UInt8($0) } }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  static let all: [RaBitQGolden] = (try? load()) ?? []

  private static func load() throws -> [RaBitQGolden] {
    let folder = GoldenFile.folder
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return try names.filter {
      $0.hasSuffix(".json") && !$0.contains("rabitqfs")
        && ($0.hasPrefix("rabitq") || $0.hasPrefix("ivf_rabitq"))
    }.map { name in
      var golden = try JSONDecoder().decode(
        RaBitQGolden.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
      golden.bytes = Array(try Data(contentsOf: folder.appendingPathComponent(golden.file)))
      return golden
    }
  }
}
