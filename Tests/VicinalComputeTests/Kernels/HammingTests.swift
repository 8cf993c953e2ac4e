import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Hamming kernels")
struct HammingTests {
  private static func bytes(_ count: Int, _ generator: inout SplitMix64) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  private static func distance(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int32 {
    zip(a, b).reduce(0) { $0 + Int32(($1.0 ^ $1.1).nonzeroBitCount) }
  }

  @Test(
    "counts equal those of single bytes for 1…72 bytes and some longer codes, at any address",
    arguments: CTable.levels)
  func counts(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    var generator = SplitMix64(seed: 81)
    for size in Array(1...72) + [127, 128, 129, 256, 300] {
      for (count, offset) in [(0, 0), (1, 1), (7, 0), (8, 3), (33, 1)] {
        let query = Self.bytes(size + offset, &generator)
        let codes = Self.bytes(count * size + offset, &generator)
        let truth = (0..<count).map { row in
          Self.distance(query[offset...], codes[(offset + row * size)...].prefix(size))
        }
        var found = [Int32](repeating: -1, count: count)
        var output = found.mutableSpan
        let querySpan = query.span.rawBytes.extracting(offset...)
        let codeSpan = codes.span.rawBytes.extracting(offset...)
        kernels.hammingDistances(from: querySpan, to: codeSpan, into: &output)
        #expect(found == truth, "\(level) size \(size) count \(count) offset \(offset) seed 81")

        guard count > 0 else { continue }
        let rows = (0..<21).map { _ in Int32(generator.integer(below: count)) }
        var chosen = [Int32](repeating: -1, count: 21)
        var chosenOutput = chosen.mutableSpan
        kernels.hammingDistances(
          from: querySpan, to: codeSpan, rows: rows.span, into: &chosenOutput)
        #expect(chosen == rows.map { truth[Int($0)] }, "\(level) size \(size) chosen, seed 81")
      }
    }
  }

  @Test("opposite codes differ in every bit", arguments: CTable.levels)
  func opposite(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for size in [1, 8, 16, 32, 64, 100] {
      let query = [UInt8](repeating: 0xff, count: size)
      let codes = [UInt8](repeating: 0, count: size * 20)
      var found = [Int32](repeating: -1, count: 20)
      var output = found.mutableSpan
      kernels.hammingDistances(
        from: query.span.rawBytes, to: codes.span.rawBytes, into: &output)
      #expect(found == [Int32](repeating: Int32(size * 8), count: 20), "\(level) size \(size)")
    }
  }
}
