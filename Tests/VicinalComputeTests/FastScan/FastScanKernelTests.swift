import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Fast-scan kernels")
struct FastScanKernelTests {
  private func note(_ seed: UInt64, _ codes: InterleavedCodes) -> Comment {
    """
    seed \(seed): \(codes.count) codes of \(codes.parts) parts, blocks of \(codes.blockVectors), \
    \(codes.extra) extra bytes, offset \(codes.offset)
    """
  }

  @Test("sums and the rows below a limit are those of plain loops", arguments: CTable.levels)
  func sums(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (seed, codes) in InterleavedCodes.samples(1...80) {
      var generator = SplitMix64(seed: seed)
      let isLarge = seed % 2 == 0
      var lut = (0..<codes.pairs * 32).map { _ in
        UInt8(
          generator.integer(
            below: seed % 3 == 0 ? 64 : isLarge ? 256 : min(256, 1 + 400 / codes.parts)))
      }
      for entry in codes.parts * 16..<lut.count { lut[entry] = 0 }
      let truth = codes.numbers.map { numbers in
        numbers.indices.reduce(0) { $0 + Int(lut[$1 * 16 + numbers[$1]]) }
      }
      let bytes = codes.bytes.span.rawBytes.extracting(codes.offset..<codes.bytes.count)
      let view = FastScanCodes(
        bytes, blockVectors: codes.blockVectors, pairs: codes.pairs, extra: codes.extra)
      #expect(view.capacity >= codes.count && view.capacity.isMultiple(of: 32))
      var sums = [UInt16](repeating: 0, count: (codes.count + 31) / 32 * 32)
      var sumSpan = sums.mutableSpan
      kernels.fastScanSums(view, lut: lut.span, count: codes.count, into: &sumSpan)
      #expect(sums.prefix(codes.count).map(Int.init) == truth, note(seed, codes))

      let middle = truth.sorted().dropFirst(truth.count / 2).first ?? 0
      for limit in [0, 1, middle - 1, middle, 253, 254, 255, 256, 65_535, 1 << 20] where limit >= 0
      {
        var rows = [Int32](repeating: -7, count: codes.count)
        var rowSpan = rows.mutableSpan
        let found = kernels.fastScanRows(
          view, lut: lut.span, count: codes.count, limit: UInt32(limit), into: &rowSpan)
        // Above 254 entries have to be small.
        if limit > 254, lut.contains(where: { $0 > 63 }) { continue }
        let expected = truth.indices.filter { truth[$0] <= limit }
        #expect(rows.prefix(found).map(Int.init) == expected, note(seed, codes))
        if lut.contains(where: { $0 > 63 }) { continue }
        var passed = [Int32](repeating: -7, count: codes.count)
        var passedSpan = passed.mutableSpan
        var values = [Float](repeating: .nan, count: codes.count)
        var valueSpan = values.mutableSpan
        let rough = kernels.fastScanRoughValues(
          view, lut: lut.span, count: codes.count, limit: UInt32(limit), base: 1.5, unit: -0.3,
          rows: &passedSpan, values: &valueSpan)
        #expect(passed.prefix(rough).map(Int.init) == expected, note(seed, codes))
        #expect(
          values.prefix(rough).elementsEqual(
            expected.map { Float(truth[$0]) * -0.3 + 1.5 }), note(seed, codes))
      }
    }
  }

  @Test("sums wrap beyond 16 bits, except where the limit fits a byte", arguments: CTable.levels)
  func overflow(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    let codes = InterleavedCodes(
      parts: 300, count: 70, blockVectors: 32, extra: 0, offset: 0, seed: 5)
    let lut = [UInt8](repeating: 255, count: codes.pairs * 32)
    let view = FastScanCodes(codes.bytes.span.rawBytes, blockVectors: 32, pairs: 150, extra: 0)
    var sums = [UInt16](repeating: 0, count: 96)
    var sumSpan = sums.mutableSpan
    kernels.fastScanSums(view, lut: lut.span, count: 70, into: &sumSpan)
    let wrapped = 300 * 255 - 65_536
    #expect(sums.prefix(70).allSatisfy { Int($0) == wrapped })
    let small = [UInt8](repeating: 63, count: codes.pairs * 32)
    for (limit, isFound) in [(254, false), (300 * 63 - 1, false), (300 * 63, true)] {
      let lut = limit > 254 ? small : lut
      var rows = [Int32](repeating: 0, count: 70)
      var rowSpan = rows.mutableSpan
      let found = kernels.fastScanRows(
        view, lut: lut.span, count: 70, limit: UInt32(limit), into: &rowSpan)
      #expect(found == (isFound ? 70 : 0), "limit \(limit)")
    }
  }

  @Test(
    "float values are four sums in order, the same bits for all and for chosen codes",
    arguments: CTable.levels)
  func values(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (seed, codes) in InterleavedCodes.samples(100...160) {
      var generator = SplitMix64(seed: seed)
      var table = (0..<codes.pairs * 32).map { _ in generator.uniform(-3, 5) }
      for entry in codes.parts * 16..<table.count { table[entry] = 0 }
      let bias = generator.uniform(-10, 10)
      let truth = codes.numbers.map { numbers in
        var sums = [Float](repeating: 0, count: 4)
        for (part, number) in numbers.enumerated() { sums[part % 4] += table[part * 16 + number] }
        return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + bias
      }
      let bytes = codes.bytes.span.rawBytes.extracting(codes.offset..<codes.bytes.count)
      let view = FastScanCodes(
        bytes, blockVectors: codes.blockVectors, pairs: codes.pairs, extra: codes.extra)
      // No place beyond those that were asked for is written.
      var values = [Float](repeating: 77, count: codes.count + 3)
      var span = values.mutableSpan
      kernels.fastScanValues(
        view, table: table.span, bias: bias, count: codes.count, into: &span)
      #expect(values == truth + [77, 77, 77], note(seed, codes))

      let rows = (0..<generator.integer(below: 20)).compactMap { _ in
        codes.count > 0 ? Int32(generator.integer(below: codes.count)) : nil
      }
      var chosen = [Float](repeating: 77, count: rows.count + 3)
      var chosenSpan = chosen.mutableSpan
      kernels.fastScanValues(
        view, table: table.span, bias: bias, rows: rows.span, into: &chosenSpan)
      #expect(chosen == rows.map { truth[Int($0)] } + [77, 77, 77], note(seed, codes))
    }
  }
}
