import Foundation
import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Codes of faiss 1.15.1's `IndexLSH` of dimension 9: 8 vectors, their codes, decoded vectors
/// (unless it decodes only part of them), and the distances of the first to all.
private struct FaissLSHCodes: Decodable, Sendable, CustomStringConvertible {
  let bits: Int
  let rotated: Bool
  let trains: Bool
  let sample: String
  let matrix: String
  let thresholds: String
  let vectors: String
  let codes: String
  let decoded: String
  let distances: [Float]

  var description: String { "\(bits) bits, rotated \(rotated), thresholds \(trains)" }

  static func all() throws -> [FaissLSHCodes] {
    let url = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Resources/lsh/faiss_codes.json")
    return try JSONDecoder().decode([FaissLSHCodes].self, from: Data(contentsOf: url))
  }

  func codec(thresholds: [Float]) throws -> LSHCodec {
    try LSHCodec(
      dimension: 9, bits: bits, isRotated: rotated, areThresholdsTrained: trains,
      thresholds: thresholds, codeSize: (bits + 7) / 8, matrix: hexFloats(matrix))
  }
}

@Suite("Hash codes")
struct LSHCodecTests {
  @Test("thresholds, codes, decoded vectors and distances are those of faiss")
  func faiss() throws {
    for given in try FaissLSHCodes.all() {
      let thresholds = hexFloats(given.thresholds)
      let codec = try given.codec(thresholds: thresholds)
      let vectors = Vectors(hexFloats(given.vectors), dimension: 9)
      let codes = hexBytes(given.codes)
      for level in KernelSet.available {
        let found = try codec.encode(
          vectors.batch(), execution: Execution(workers: 2, kernels: level))
        #expect(found == codes, "\(given) \(level)")
        let scanner = try codec.makeScanner(
          metric: .l2, options: ScanOptions(), kernels: KernelSet(level))
        scanner.begin(query: Array(vectors[0]).span)
        var values = [Float](repeating: .nan, count: 8)
        var output = values.mutableSpan
        scanner.scan(codes.span.rawBytes, count: 8, into: &output)
        #expect(values == given.distances, "\(given) \(level)")
        var chosen = [Float](repeating: .nan, count: 3)
        var chosenOutput = chosen.mutableSpan
        let rows: [Int32] = [7, 0, 2]
        scanner.scan(codes.span.rawBytes, rows: rows.span, into: &chosenOutput)
        #expect(chosen == rows.map { given.distances[Int($0)] }, "\(given) \(level)")
      }
      let expected = hexFloats(given.decoded)
      let decoded = try codec.decode(codes.span.rawBytes)
      #expect(decoded.count == 72)
      for (index, value) in expected.enumerated() {
        #expect(abs(decoded[index] - value) < 1e-5, "\(given) \(index)")
      }
      guard given.trains else { continue }
      var trained = try given.codec(thresholds: [])
      #expect(!trained.isTrained)
      let sample = Vectors(hexFloats(given.sample), dimension: 9)
      try trained.train(on: sample.batch(), execution: Execution(workers: 3))
      for (index, threshold) in thresholds.enumerated() {
        #expect(abs(trained.thresholds[index] - threshold) < 1e-5, "\(given) \(index)")
      }
    }
  }

  @Test("around a centroid, codes are of the differences")
  func residual() throws {
    let codec = try LSHCodec(dimension: 12, bits: 12, matrix: nil)
    let data = DataShape.uniform.make(30, dimension: 12, seed: 111)
    let centroid = DataShape.uniform.make(1, dimension: 12, seed: 112)
    let origins = Vectors((0..<30).flatMap { _ in centroid.values }, dimension: 12)
    let codes = try codec.encode(
      data.batch(), around: origins.batch(), execution: Execution(workers: 1))
    let scanner = try codec.makeScanner(metric: .l2, options: ScanOptions(), kernels: KernelSet())
    scanner.begin(query: Array(data[4]).span)
    scanner.enter(cell: 0, centroid: centroid.values.span, distance: .nan)
    var values = [Float](repeating: .nan, count: 30)
    var output = values.mutableSpan
    scanner.scan(codes.span.rawBytes, count: 30, into: &output)
    for row in 0..<30 {
      let expected = (0..<12).count { column in
        (data[4][4 * 12 + column] >= centroid.values[column])
          != (data[row][row * 12 + column] >= centroid.values[column])
      }
      #expect(values[row] == Float(expected), "row \(row), seeds 111, 112")
    }
  }

  @Test("the bytes do not depend on the number of threads")
  func threads() throws {
    let data = DataShape.clustered.make(1500, dimension: 6, seed: 113)
    let matrix = DataShape.uniform.make(11, dimension: 6, seed: 114).values
    var thresholds: [[Float]] = []
    var codes: [[UInt8]] = []
    for workers in [1, 4] {
      var codec = try LSHCodec(
        dimension: 6, bits: 11, matrix: matrix, areThresholdsTrained: true)
      let execution = Execution(workers: workers)
      try codec.train(on: data.batch(), execution: execution)
      thresholds.append(codec.thresholds)
      codes.append(try codec.encode(data.batch(), execution: execution))
    }
    #expect(thresholds[0] == thresholds[1] && codes[0] == codes[1])
    // Medians halve the data.
    for bit in 0..<11 {
      let set = (0..<1500).count { codes[0][$0 * 2 + bit / 8] >> (bit % 8) & 1 == 1 }
      #expect(set == 750, "bit \(bit)")
    }
  }

  @Test("rotations keep distances, and near vectors share more bits than far ones")
  func rotated() throws {
    let codec = try LSHCodec(
      dimension: 16, bits: 256, isRotated: true, areThresholdsTrained: false)
    #expect(codec.matrix.count == 256 * 16)
    for column in 0..<16 {
      let square = (0..<256).reduce(Float(0)) {
        $0 + codec.matrix[$1 * 16 + column] * codec.matrix[$1 * 16 + column]
      }
      #expect(abs(square - 1) < 1e-4, "columns of a tight frame have length 1")
    }
    var data = DataShape.uniform.make(40, dimension: 16, seed: 115)
    data[1] = data[0].map { $0 + 0.01 }[...]
    let codes = try codec.encode(data.batch(), execution: Execution())
    let scanner = try codec.makeScanner(metric: .l2, options: ScanOptions(), kernels: KernelSet())
    scanner.begin(query: Array(data[0]).span)
    var values = [Float](repeating: .nan, count: 40)
    var output = values.mutableSpan
    scanner.scan(codes.span.rawBytes, count: 40, into: &output)
    #expect(values[0] == 0 && values[1] < 20)
    #expect(values[2...].allSatisfy { $0 > 40 })
  }

  @Test("what cannot work is refused by name")
  func refusals() throws {
    expectError(.invalidArgument, naming: ["LSH9r"]) {
      _ = try LSHCodec(dimension: 8, bits: 9, matrix: nil)
    }
    expectError(.invalidArgument) { _ = try LSHCodec(dimension: 8, bits: 0, matrix: nil) }
    expectError(.invalidArgument) { _ = try LSHCodec(dimension: 2, bits: 2, matrix: [1, 2, 3]) }
    expectError(.corruptFile, naming: ["code_size"]) {
      _ = try LSHCodec(
        dimension: 8, bits: 8, isRotated: false, areThresholdsTrained: false, thresholds: [],
        codeSize: 2, matrix: [])
    }
    expectError(.corruptFile, naming: ["thresholds"]) {
      _ = try LSHCodec(
        dimension: 8, bits: 8, isRotated: false, areThresholdsTrained: true, thresholds: [1],
        codeSize: 1, matrix: [])
    }
    expectError(.corruptFile) {
      _ = try LSHCodec(
        dimension: 8, bits: 8, isRotated: true, areThresholdsTrained: false, thresholds: [],
        codeSize: 1, matrix: [1])
    }
    let untrained = try LSHCodec(
      dimension: 2, bits: 2, matrix: nil, areThresholdsTrained: true)
    let vectors = Vectors([1, 2], dimension: 2)
    expectError(.notTrained) {
      _ = try untrained.encode(vectors.batch(), execution: Execution())
    }
    let codec = try LSHCodec(dimension: 2, bits: 2, matrix: nil)
    expectError(.unsupported) {
      _ = try codec.makeScanner(
        metric: .innerProduct, options: ScanOptions(), kernels: KernelSet())
    }
  }
}
