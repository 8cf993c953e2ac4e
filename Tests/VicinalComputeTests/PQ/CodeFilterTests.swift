import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Product quantizer kernels: ruling out codes")
struct CodeFilterTests {
  /// Levels where filtering pays; on others there is nothing to test.
  static let levels = KernelSet.available.filter { level in
    (try? KernelSet(level)).map { CodeFilter(sums(8, 0), isSimilarity: false, kernels: $0) != nil }
      ?? false
  }

  private static func sums(_ fields: Int, _ extra: Int) -> CodeSums {
    CodeSums(fields: fields, bits: 8, codeSize: fields + extra)
  }

  private struct Case {
    let sums: CodeSums
    let codes: [UInt8]
    let tables: [Float]
    let values: [Float]

    init(fields: Int, extra: Int, count: Int, offset: Float, kernels: KernelSet) {
      var generator = SplitMix64(seed: UInt64(fields * 1000 + count))
      sums = CodeFilterTests.sums(fields, extra)
      let codes = (0..<count * (fields + extra)).map { _ in
        UInt8(truncatingIfNeeded: generator.next())
      }
      let tables = (0..<fields * 256).map { _ in offset + generator.normal() }
      var values = [Float](repeating: .nan, count: count)
      var span = values.mutableSpan
      sums.scan(
        codes.span.rawBytes, tables: tables.span, bias: 3, count: count, kernels: kernels,
        into: &span)
      (self.codes, self.tables, self.values) = (codes, tables, values)
    }

    func candidates(_ filter: inout CodeFilter, within threshold: Float) -> [Int]? {
      var rows = [Int32](repeating: -1, count: values.count)
      var span = rows.mutableSpan
      let found = filter.findCandidates(
        codes.span.rawBytes, count: values.count, tables: tables.span, bias: 3,
        within: threshold, rows: &span)
      return found.map { rows.prefix($0).map(Int.init) }
    }
  }

  @Test("no code within the threshold is lost, and few others stay", arguments: levels)
  func sound(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for fields in [1, 2, 5, 8, 15, 16, 17, 23, 24, 25, 32, 40, 64, 70, 130] {
      for (extra, count, offset) in [
        (0, 1, 0), (0, 63, 0), (2, 64, 100), (0, 131, -5), (1, 400, 0),
      ] {
        let test = Case(
          fields: fields, extra: extra, count: count, offset: Float(offset), kernels: kernels)
        for isSimilarity in [false, true] {
          var filter = try #require(
            CodeFilter(test.sums, isSimilarity: isSimilarity, kernels: kernels))
          let ordered = test.values.sorted { isSimilarity ? $0 > $1 : $0 < $1 }
          // Tightening thresholds, as in a search; then loose again.
          for place in [count - 1, count / 2, count / 10, 3, 0, count / 3] where place < count {
            let threshold = ordered[place]
            let context = "\(level) \(fields) + \(extra) × \(count), place \(place)"
            let found = try #require(test.candidates(&filter, within: threshold), "\(context)")
            let needed = test.values.indices.filter {
              isSimilarity ? test.values[$0] >= threshold : test.values[$0] <= threshold
            }
            #expect(found == found.sorted() && Set(found).count == found.count, "\(context)")
            #expect(Set(needed).isSubset(of: found), "\(context)")
            // What is left of codes that are too long to be copied counts as found.
            if fields + extra <= 128 {
              #expect(found.count <= needed.count + 6 + count / 3, "\(context)")
            }
          }
        }
      }
    }
  }

  @Test("no code is lost where each has a term of its own", arguments: levels)
  func terms(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for (fields, extra) in [(4, 0), (8, 0), (16, 0), (16, 3), (48, 0), (130, 0)] {
      for count in [1, 15, 16, 63, 64, 65, 130, 400] {
        for scale: Float in [0, 0.5, 30] {
          let context = "\(level) \(fields) + \(extra) × \(count), terms ± \(scale)"
          let test = Case(fields: fields, extra: extra, count: count, offset: 1, kernels: kernels)
          var generator = SplitMix64(seed: UInt64(count))
          let terms = (0..<count).map { _ in scale * generator.normal() - scale }
          var values = test.values
          var span = values.mutableSpan
          kernels.add(terms.span, count: count, to: &span)
          #expect(zip(values, zip(test.values, terms)).allSatisfy { $0 == $1.0 + $1.1 })
          var filter = try #require(CodeFilter(test.sums, isSimilarity: false, kernels: kernels))
          let ordered = values.sorted()
          for place in [count - 1, count / 2, count / 10, 3, 0, count / 3] where place < count {
            var rows = [Int32](repeating: -1, count: count)
            var target = rows.mutableSpan
            let found = try #require(
              filter.findCandidates(
                test.codes.span.rawBytes, count: count, tables: test.tables.span, bias: 3,
                terms: terms.span, within: ordered[place], rows: &target), "\(context)")
            let passed = rows.prefix(found).map(Int.init)
            let needed = values.indices.filter { values[$0] <= ordered[place] }
            #expect(passed == passed.sorted() && Set(passed).count == found, "\(context)")
            #expect(Set(needed).isSubset(of: passed), "\(context)")
            if fields <= 16 {
              #expect(found <= needed.count + 6 + count / 2, "\(context), place \(place)")
            }
          }
        }
      }
    }
  }

  @Test("thresholds out of reach, unknown, or at the best value", arguments: levels)
  func extremes(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    let test = Case(fields: 16, extra: 0, count: 200, offset: 2, kernels: kernels)
    var filter = try #require(CodeFilter(test.sums, isSimilarity: false, kernels: kernels))
    #expect(test.candidates(&filter, within: .infinity) == nil)
    #expect(test.candidates(&filter, within: .greatestFiniteMagnitude) == nil)
    #expect(test.candidates(&filter, within: .nan) == nil)
    #expect(test.candidates(&filter, within: -1e6) == [])
    #expect(test.candidates(&filter, within: 1e6) == Array(0..<200))
    // New tables after a reset: all the same, so that every code is at the best value.
    let flat = CodeFilterTests.sums(4, 0)
    var other = try #require(CodeFilter(flat, isSimilarity: false, kernels: kernels))
    for value: Float in [0, 1] {
      other.reset()
      let tables = [Float](repeating: value, count: 1024)
      var rows = [Int32](repeating: -1, count: 100)
      var span = rows.mutableSpan
      let found = other.findCandidates(
        test.codes.span.rawBytes, count: 100, tables: tables.span, bias: 0, within: 4 * value,
        rows: &span)
      #expect(found == nil || found == 100, "value \(value)")
    }
  }
}
