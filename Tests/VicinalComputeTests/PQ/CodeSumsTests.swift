import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer kernels: sums over codes")
struct CodeSumsTests {
  /// Random codes of every width, with what their tables sum up to.
  private struct Case {
    let sums: CodeSums
    var codes: [UInt8] = []
    var tables: [Float] = []
    var truth: [Double] = []

    init(fields: Int, bits: Int, extra: Int, count: Int, seed: UInt64) {
      var generator = SplitMix64(seed: seed)
      let bytes = (fields * bits + 7) / 8
      sums = CodeSums(fields: fields, bits: bits, codeSize: bytes + extra)
      tables = (0..<fields * sums.stride).map { _ in generator.uniform(-1, 3) }
      for _ in 0..<count {
        var code = [UInt8](repeating: 0, count: bytes)
        var sum = 0.0
        for field in 0..<fields {
          let number = generator.integer(below: 1 << bits)
          sum += Double(tables[field * sums.stride + number])
          for bit in 0..<bits where number >> bit & 1 == 1 {
            code[(field * bits + bit) / 8] |= 1 << UInt8((field * bits + bit) % 8)
          }
        }
        codes += code
        codes += (0..<extra).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        truth.append(sum)
      }
    }

    func scanTables(_ kernels: KernelSet) -> [Float] {
      guard sums.isFolded else { return tables }
      var folded = [Float](repeating: .nan, count: sums.scanTableCount)
      var span = folded.mutableSpan
      sums.fold(tables.span, kernels: kernels, into: &span)
      return folded
    }
  }

  @Test(
    "codes of 1 to 16 bits sum up to their table entries",
    arguments: printingSkips(KernelSet.available))
  func sums(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for bits in 1...16 {
      for fields in bits == 8 ? [1, 2, 7, 8, 9, 16, 20, 32, 33, 64] : [1, 2, 3, 8, 11] {
        for extra in [0, 3] {
          for count in [0, 1, 2, 5, 33] {
            let test = Case(
              fields: fields, bits: bits, extra: extra, count: count, seed: UInt64(bits))
            check(test, kernels, "\(level) \(fields) × \(bits) bits, extra \(extra), \(count)")
          }
        }
      }
    }
  }

  private func check(_ test: Case, _ kernels: KernelSet, _ context: String) {
    let tables = test.scanTables(kernels)
    var values = [Float](repeating: .nan, count: test.truth.count)
    var span = values.mutableSpan
    test.sums.scan(
      test.codes.span.rawBytes, tables: tables.span, bias: 10, count: test.truth.count,
      kernels: kernels, into: &span)
    for (value, truth) in zip(values, test.truth) {
      #expect(abs(Double(value) - truth - 10) <= 1e-5 * (10 + abs(truth)), "\(context)")
    }
    let rows = values.indices.reversed().map(Int32.init) + values.indices.map(Int32.init)
    var chosen = [Float](repeating: .nan, count: rows.count)
    var chosenSpan = chosen.mutableSpan
    test.sums.scan(
      test.codes.span.rawBytes, rows: rows.span, tables: tables.span, bias: 10, kernels: kernels,
      into: &chosenSpan)
    #expect(chosen == rows.map { values[Int($0)] }, "\(context)")
  }

  @Test("unused bits of a last byte do not count", arguments: KernelSet.available)
  func unusedBits(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for bits in [1, 2, 4] {
      var test = Case(fields: 3, bits: bits, extra: 0, count: 9, seed: 41)
      let size = test.sums.codeSize
      let used = 3 * bits % 8
      for code in 0..<9 { test.codes[code * size + size - 1] |= UInt8(0xff << used & 0xff) }
      check(test, kernels, "\(level) \(bits) bits")
    }
  }

  @Test("combining adds a multiple", arguments: KernelSet.available)
  func combine(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for count in [0, 1, 15, 64, 67] {
      let a = DataShape.integers.make(1, dimension: count + 1, seed: 42).values.prefix(count)
      let b = DataShape.integers.make(1, dimension: count + 1, seed: 43).values.prefix(count)
      var result = [Float](repeating: -7, count: count + 2)
      var span = result.mutableSpan
      kernels.combine(Array(a).span, Array(b).span, factor: -2, into: &span, at: 1)
      #expect(result == [-7] + zip(a, b).map { $0 - 2 * $1 } + [-7], "\(level) \(count)")
    }
  }
}
