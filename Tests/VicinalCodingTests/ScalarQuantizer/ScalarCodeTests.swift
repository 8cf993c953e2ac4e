import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Scalar quantizer codes")
struct ScalarCodeTests {
  static let dimensions = [1, 2, 3, 5, 16, 31, 32, 33, 100, 128]

  @Test(
    "encoding and decoding follow the definition on every instruction set",
    arguments: ScalarSubject.kinds)
  func definition(kind: ScalarQuantizer.Kind) throws {
    for dimension in Self.dimensions {
      let codec = try ScalarSubject.trained(kind, dimension: dimension)
      let vectors = ScalarSubject.data(kind, 40, dimension: dimension, seed: 92)
      let truth = ScalarSubject.encode(codec, vectors)
      for level in KernelSet.available {
        let codes = try codec.encode(
          vectors.batch(), execution: Execution(workers: 1, kernels: level))
        #expect(codes == truth, "\(kind) \(level) \(vectors)")
      }
      #expect(truth.count == 40 * codec.codeSize)
      let decoded = try codec.decode(truth.span.rawBytes)
      for row in 0..<vectors.count {
        let expected = ScalarSubject.decode(
          codec, truth[row * codec.codeSize..<(row + 1) * codec.codeSize])
        for (column, value) in expected.enumerated() {
          let found = Double(decoded[row * dimension + column])
          let slack = 3e-7 * (1 + abs(value))
          #expect(abs(found - value) <= slack, "\(kind) row \(row) column \(column) \(vectors)")
        }
      }
    }
  }

  @Test("half precision ties go away from zero, and the limits are those of faiss")
  func halves() throws {
    let values: [Float] = [
      1 + 0x1p-11, -1 - 0x1p-11, 0x1p-25, 0x1p-26, -0x1p-25, 65519.99, 65520, -65520, 1e30,
      0x1p-14, 0x1.ffcp-15, 0, -0, 2049, 2051, 0x1.8p-24,
    ]
    let codec = try ScalarQuantizer(dimension: values.count, kind: .float16)
    let codes = try codec.encode(
      VectorBatch(values.span, dimension: values.count), execution: Execution())
    for (index, value) in values.enumerated() {
      let found = UInt16(codes[2 * index]) | UInt16(codes[2 * index + 1]) << 8
      #expect(found == ScalarSubject.tiesAwayHalf(value), "\(value)")
    }
    #expect(codes[0] == 0x01 && codes[1] == 0x3c)
    #expect(codes[4] == 0x01 && codes[5] == 0x00)
  }

  @Test("every half precision number decodes to itself, on every instruction set")
  func allHalves() throws {
    let codec = try ScalarQuantizer(dimension: 1, kind: .float16)
    let codes = (0..<0x10000).flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let decoded = try codec.decode(codes.span.rawBytes)
    for index in 0..<0x10000 {
      let truth = Float(Float16(bitPattern: UInt16(index)))
      #expect(decoded[index] == truth || decoded[index].isNaN && truth.isNaN, "\(index)")
    }
    for level in KernelSet.available {
      let scanner = try codec.makeScanner(
        metric: .innerProduct, options: ScanOptions(), kernels: KernelSet(level))
      let one: [Float] = [1]
      scanner.begin(query: one.span)
      var values = [Float](repeating: 0, count: 0x10000)
      var output = values.mutableSpan
      scanner.scan(codes.span.rawBytes, count: 0x10000, into: &output)
      for index in 0..<0x10000 where decoded[index].isFinite {
        #expect(values[index] == decoded[index], "\(level) \(index)")
      }
    }
  }

  @Test("the bytes do not depend on the number of threads")
  func threads() throws {
    let vectors = ScalarSubject.data(.bits8, 9000, dimension: 3, seed: 93)
    let one = try ScalarSubject.trained(.bits8, dimension: 3)
    let codes = try one.encode(vectors.batch(), execution: Execution(workers: 1))
    #expect(try one.encode(vectors.batch(), execution: Execution(workers: 5)) == codes)
  }

  @Test("direct kinds lose the high bits of what does not fit, as in faiss")
  func directOverflow() throws {
    let values: [Float] = [255.9, 256, 300, -1, 0.5, 3e9, -3e9]
    let codec = try ScalarQuantizer(dimension: 7, kind: .direct)
    let codes = try codec.encode(
      VectorBatch(values.span, dimension: 7), execution: Execution())
    #expect(codes == [255, 0, 44, 255, 0, 0, 0])
  }

  @Test("codes without bits: no bytes, and vectors count as their origins")
  func noBits() throws {
    let codec = try ScalarQuantizer(dimension: 4, kind: .bits0)
    let vectors = DataShape.uniform.make(3, dimension: 4, seed: 94)
    #expect(codec.codeSize == 0 && codec.isTrained)
    #expect(try codec.encode(vectors.batch(), execution: Execution()).isEmpty)
    let none: [UInt8] = []
    #expect(try codec.decode(none.span.rawBytes, around: vectors.batch()) == vectors.values)
  }

  @Test("wrong shapes and untrained quantizers are errors")
  func refusals() throws {
    let untrained = try ScalarQuantizer(dimension: 4, kind: .bits8)
    let vectors = DataShape.uniform.make(3, dimension: 4, seed: 95)
    expectError(.notTrained) {
      _ = try untrained.encode(vectors.batch(), execution: Execution())
    }
    expectError(.notTrained) {
      _ = try untrained.makeScanner(metric: .l2, options: ScanOptions(), kernels: KernelSet())
    }
    let codec = try ScalarSubject.trained(.bits8, dimension: 5)
    expectError(.dimensionMismatch) {
      _ = try codec.encode(vectors.batch(), execution: Execution())
    }
    let bytes = [UInt8](repeating: 0, count: 7)
    expectError(.dimensionMismatch) { _ = try codec.decode(bytes.span.rawBytes) }
    expectError(.unsupported) {
      _ = try codec.makeScanner(
        metric: .l2, options: ScanOptions(hammingThreshold: 3), kernels: KernelSet())
    }
    expectError(.invalidArgument) { _ = try ScalarQuantizer(dimension: 0, kind: .bits8) }
  }
}
