import Foundation
import VicinalCoding
import VicinalCore
import VicinalTestSupport

/// A file of product quantizer codes that faiss wrote, read in the plainest way, with what faiss
/// says about it.
struct PQFile: CustomStringConvertible {
  /// What stands beside the file.
  struct SideCar: Decodable {
    struct Codec: Decodable {
      let input: [[Float]]?
      let vectors: [[Float]]
      let codes: [String]
    }
    struct Search: Decodable {
      let ids: [[Int64]]
      let distances: [[Float]]
    }
    let file: String
    let d: Int
    let metric: String
    let ntotal: Int?
    let queries: [[Float]]?
    let searches: [Search]?
    let codec: Codec
  }

  /// One inverted list of residuals.
  struct List {
    var codes: [UInt8]
    var ids: [Int64]
  }

  let sideCar: SideCar
  let quantizer: ProductQuantizer
  /// Codes of a flat file, and how they are searched.
  var codes: [UInt8] = []
  var options = ScanOptions()
  /// Centroids and lists of an inverted file.
  var centroids: [Float] = []
  var lists: [List] = []

  var description: String { sideCar.file }
  var metric: Metric { sideCar.metric == "L2" ? .l2 : .innerProduct }

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Resources/codecs/pq")

  static func load(_ name: String) throws -> PQFile {
    let json = try Data(contentsOf: folder.appendingPathComponent(name + ".json"))
    let sideCar = try JSONDecoder().decode(SideCar.self, from: json)
    return try PQFile(
      sideCar, Data(contentsOf: folder.appendingPathComponent(sideCar.file)))
  }

  private init(_ sideCar: SideCar, _ data: Data) throws {
    self.sideCar = sideCar
    var reader = PlainReader(data: data)
    guard !sideCar.file.hasSuffix(".pq") else {
      quantizer = try reader.quantizer()
      return
    }
    let code = reader.code()
    reader.skip(33)
    if code == "IxPq" {
      quantizer = try reader.quantizer()
      codes = reader.bytes(reader.count())
      let type = Int32(bitPattern: UInt32(reader.number(4)))
      reader.skip(1)
      options.searchType = PQSearchType(rawValue: type)
      let threshold = Int(reader.number(4))
      options.hammingThreshold = type >= 4 ? threshold : nil
      return
    }
    guard code == "IwPQ" else { throw IndexError(.corruptFile, "record \(code)") }
    let listCount = reader.count()
    reader.skip(8 + 4 + 33)
    centroids = reader.floats(reader.count())
    reader.skip(1)
    reader.skip(reader.count() * 8)
    reader.skip(1 + 8)
    quantizer = try reader.quantizer()
    guard reader.code() == "ilar" else { throw IndexError(.corruptFile, "lists are not ilar") }
    reader.skip(16)
    var sizes = [Int](repeating: 0, count: listCount)
    if reader.code() == "full" {
      sizes = (0..<reader.count()).map { _ in reader.count() }
    } else {
      for _ in 0..<reader.count() / 2 {
        let list = reader.count()
        sizes[list] = reader.count()
      }
    }
    lists = sizes.map { size in
      let codes = reader.bytes(size * quantizer.codeSize)
      return List(codes: codes, ids: (0..<size).map { _ in Int64(reader.count()) })
    }
  }
}

/// Takes little-endian numbers off the front.
private struct PlainReader {
  let data: Data
  var at = 0

  mutating func number(_ bytes: Int) -> UInt64 {
    defer { at += bytes }
    return data[at..<at + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func count() -> Int { Int(number(8)) }
  mutating func skip(_ bytes: Int) { at += bytes }
  mutating func bytes(_ count: Int) -> [UInt8] {
    defer { at += count }
    return Array(data[at..<at + count])
  }
  mutating func code() -> String { String(decoding: bytes(4), as: UTF8.self) }
  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(bitPattern: UInt32(number(4))) }
  }

  mutating func quantizer() throws -> ProductQuantizer {
    let (dimension, subspaces, bits) = (count(), count(), count())
    let centroids = floats(count())
    return try ProductQuantizer(
      dimension: dimension, subspaces: subspaces, bits: bits, centroids: centroids)
  }
}

extension String {
  /// The bytes of a hexadecimal string.
  var hexBytes: [UInt8] {
    let digits = Array(self)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }
}
