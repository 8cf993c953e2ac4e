import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

/// Vectors that faiss encoded with an index, its codes, and what they stand for: the key `codec` of
/// a side-car file.
private struct GoldenCodes: Decodable {
  var ids: [Int64]
  var input: [[Float]]
  var vectors: [[Float]]
  /// Hex strings; missing where the side-car would be long.
  var codes: [String]?

  private struct SideCar: Decodable { var codec: GoldenCodes? }

  static func load(_ golden: GoldenFile) throws -> GoldenCodes? {
    let url = golden.url.deletingPathExtension().appendingPathExtension("json")
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return try? decoder.decode(SideCar.self, from: Data(contentsOf: url)).codec
  }
}

@Suite("Codes and vectors of files that faiss wrote")
struct GoldenCodeTests {
  static let files = GoldenFileTests.files.filter { (try? GoldenCodes.load($0)) != nil }

  @Test("there are many")
  func filesAreThere() { #expect(Self.files.count > 60) }

  @Test("are encoded as faiss does, and decoded", arguments: files)
  func encoding(golden: GoldenFile) throws {
    let expected = try #require(try GoldenCodes.load(golden))
    let index = try IndexFile.read(golden.url.path)
    guard let codec = index as? any StandaloneCodec else {
      Issue.record("\(golden) is no codec: \(type(of: index))")
      return
    }
    let input = Vectors(expected.input.flatMap { $0 }, dimension: golden.d)
    guard input.values.allSatisfy(\.isFinite) else { return }
    let encoded = try codec.encode(input.batch())
    let size = try codec.codeSize
    #expect(encoded.count == input.count * size)
    if !Self.holdsComputedFloats(index, golden) {
      expectSame(encoded, size, expected.codes ?? [], golden)
    }
    expectNear(try codec.decode(encoded.span.rawBytes), expected, golden, "decoded")
  }

  /// Whether codes hold floats that were computed, whose last bits depend on the order of sums.
  private static func holdsComputedFloats(_ index: any VectorIndex, _ golden: GoldenFile) -> Bool {
    golden.factory.contains("RaBitQ") || golden.factory.contains("_Nfloat")
      || index is TransformedIndex && index.core is FlatIndex
  }

  private func expectSame(
    _ encoded: [UInt8], _ size: Int, _ expected: [String], _ golden: GoldenFile
  ) {
    for (row, known) in expected.enumerated() {
      let code = encoded[row * size..<(row + 1) * size]
        .map { String(format: "%02x", $0) }.joined()
      #expect(code == known, "\(golden) row \(row)")
    }
  }

  @Test("are given back by id", arguments: files)
  func reconstruct(golden: GoldenFile) throws {
    let expected = try #require(try GoldenCodes.load(golden))
    let index = try IndexFile.read(golden.url.path)
    guard index.count > 0, let source = index as? any Reconstructible else { return }
    // The vectors of the side-car were removed from this one.
    guard golden.file != "ivf_flat_removed.faiss" else { return }
    // The second code of refined codes is no part of faiss's stand-alone codes.
    guard !(index is IVFPQRIndex) else { return }
    expectNear(try source.reconstruct(expected.ids.span), expected, golden, "given back")
  }

  private func expectNear(
    _ values: [Float], _ codes: GoldenCodes, _ golden: GoldenFile, _ context: String
  ) {
    let expected = codes.vectors.flatMap { $0 }
    guard values.count == expected.count else {
      Issue.record("\(golden), \(context): \(values.count) values, expected \(expected.count)")
      return
    }
    for (place, value) in values.enumerated() where !expected[place].isNaN {
      let error = abs(value - expected[place])
      guard error > 1e-5 * max(1, abs(expected[place])) else { continue }
      Issue.record("\(golden), \(context): value \(place) is \(value), expected \(expected[place])")
      return
    }
  }
}
