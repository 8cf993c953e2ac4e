import Foundation
import VicinalCoding
import VicinalCore
import VicinalTestSupport

/// A fast-scan index that faiss wrote (`IPfs`, or `IwPf` over a flat coarse quantizer), read in
/// the plainest way, with faiss's queries and answers.
struct FastScanFile {
  struct Answers: Decodable {
    let ids: [[Int64]]
    let distances: [[Float]]
  }

  private struct SideCar: Decodable {
    struct Search: Decodable {
      let params: [String: Double]
      let ids: [[Int64]]
      let distances: [[Float]]
    }
    let queries: [[Float]]
    let reference: Answers
    let searches: [Search]
  }

  /// Blocks of codes with the ids and the centroid that belong to them.
  struct List {
    let codes: CodeBlock
    let ids: [Int64]
    let centroid: [Float]
  }

  let codec: PQFastScanCodec
  let metric: Metric
  let isResidual: Bool
  let lists: [List]
  let queries: [[Float]]
  /// Exact search over decoded vectors, all lists probed.
  let reference: Answers
  /// What faiss answered with the largest number of probes.
  let answers: Answers

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Resources/fastscan")
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let sideCar = try decoder.decode(
      SideCar.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    queries = sideCar.queries
    reference = sideCar.reference
    let last = sideCar.searches[sideCar.searches.count - 1]
    answers = Answers(ids: last.ids, distances: last.distances)

    var reader = Reader(try Data(contentsOf: folder.appendingPathComponent("\(name).faiss")))
    let code = reader.text(4)
    let header = try reader.header()
    metric = header.metric
    var bytes: [[UInt8]] = []
    var ids: [[Int64]] = []
    var centroids: [[Float]] = []
    let blockVectors: Int
    let quantizer: ProductQuantizer
    if code == "IPfs" {
      quantizer = try reader.productQuantizer()
      _ = reader.number(Int32.self)
      blockVectors = Int(reader.number(Int32.self))
      _ = reader.number(Int32.self)
      _ = (reader.number(Int.self), reader.number(Int.self))
      isResidual = false
      bytes = [reader.array(UInt8.self)]
      ids = [(0..<Int64(header.count)).map { $0 }]
      centroids = [[Float](repeating: 0, count: header.dimension)]
    } else {
      let listCount = reader.number(Int.self)
      _ = reader.number(Int.self)
      _ = (reader.text(4), try reader.header())
      let coarse = reader.floats(reader.number(Int.self))
      for list in 0..<listCount {
        centroids.append(
          Array(coarse[list * header.dimension..<(list + 1) * header.dimension]))
      }
      _ = (reader.number(UInt8.self), reader.array(Int64.self))
      isResidual = reader.number(UInt8.self) != 0
      _ = reader.number(Int.self)
      blockVectors = Int(reader.number(Int32.self))
      _ = (reader.number(Int.self), reader.number(Int32.self), reader.number(Int.self))
      quantizer = try reader.productQuantizer()
      _ = reader.text(4)
      for _ in 0..<4 { _ = reader.number(Int.self) }
      for _ in 0..<listCount {
        ids.append(reader.array(Int64.self))
        bytes.append(reader.array(UInt8.self))
      }
    }
    let codec = try PQFastScanCodec(quantizer, blockVectors: blockVectors)
    self.codec = codec
    lists = zip(zip(bytes, ids), centroids).map { pair, centroid in
      List(
        codes: CodeBlock(
          bytes: ByteStorage(copying: pair.0.span.rawBytes), count: pair.1.count,
          codeSize: codec.codeSize, layout: codec.layout),
        ids: pair.1, centroid: centroid)
    }
  }
}

/// Reads numbers one after the other.
private struct Reader {
  private let data: Data
  private var at = 0

  init(_ data: Data) { self.data = data }

  mutating func number<T: FixedWidthInteger>(_ type: T.Type) -> T {
    defer { at += T.bitWidth / 8 }
    return data[at..<at + T.bitWidth / 8].reversed().reduce(T.zero) {
      $0 << 8 | T(truncatingIfNeeded: $1)
    }
  }

  mutating func text(_ count: Int) -> String {
    defer { at += count }
    return String(decoding: data[at..<at + count], as: UTF8.self)
  }

  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(bitPattern: number(UInt32.self)) }
  }

  mutating func array<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
    (0..<number(Int.self)).map { _ in number(type) }
  }

  mutating func header() throws -> (dimension: Int, count: Int, metric: Metric) {
    let dimension = Int(number(Int32.self))
    let count = number(Int.self)
    at += 17
    return (dimension, count, try Metric(faissCode: number(Int32.self)))
  }

  mutating func productQuantizer() throws -> ProductQuantizer {
    let (dimension, subspaces, bits) = (number(Int.self), number(Int.self), number(Int.self))
    return try ProductQuantizer(
      dimension: dimension, subspaces: subspaces, bits: bits,
      centroids: floats(number(Int.self)))
  }
}
