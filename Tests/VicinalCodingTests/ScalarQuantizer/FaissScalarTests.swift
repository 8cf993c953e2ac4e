import Foundation
import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Vectors, codes and decoded vectors of faiss 1.15.1 (`sa_encode`, `sa_decode`) for every kind,
/// dimension 7, as hexadecimal bytes. Some values lie outside the trained range, and halves have
/// ties.
private struct FaissCodes: Decodable, Sendable, CustomStringConvertible {
  let type: Int32
  let trained: String
  let vectors: String
  let codes: String
  let decoded: String

  var description: String { "type \(type)" }

  static func all() throws -> [FaissCodes] {
    let url = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Resources/scalar/faiss_codes.json")
    return try JSONDecoder().decode([FaissCodes].self, from: Data(contentsOf: url))
  }
}

@Suite("Scalar quantizers of faiss")
struct FaissScalarTests {
  @Test("every kind encodes and decodes to the bytes of faiss")
  func bytes() throws {
    let all = try FaissCodes.all()
    #expect(all.count == ScalarQuantizer.Kind.allCases.count - 1)
    for given in all {
      let vectors = hexFloats(given.vectors)
      let codes = hexBytes(given.codes)
      let codec = try ScalarQuantizer(
        type: given.type, rangeStatistic: 0, rangeArgument: 0, dimension: 7,
        codeSize: codes.count / 4, trained: hexFloats(given.trained))
      for level in KernelSet.available {
        let found = try codec.encode(
          VectorBatch(vectors.span, dimension: 7), execution: Execution(kernels: level))
        #expect(found == codes, "\(given) \(level)")
      }
      let decoded = try codec.decode(codes.span.rawBytes)
      #expect(
        decoded.map(\.bitPattern) == hexFloats(given.decoded).map(\.bitPattern),
        "\(given)")
    }
  }
}
