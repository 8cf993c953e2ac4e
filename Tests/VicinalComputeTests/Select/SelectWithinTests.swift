import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Selecting by a threshold")
struct SelectWithinTests {
  @Test("every level keeps what a plain loop keeps", arguments: CTable.levels)
  func agrees(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for seed in UInt64(1)...60 {
      var generator = SplitMix64(seed: seed)
      let count = seed <= 40 ? Int(seed) : generator.integer(below: 1500)
      // Few different values, so that many equal the threshold.
      let special: [Float] = [.nan, .infinity, -.infinity, 0, -0.0]
      let data = (0..<count).map { _ in
        let drawn = generator.integer(below: 12)
        return drawn < 5 ? special[drawn] : Float(drawn) - 8
      }
      for threshold: Float in [.infinity, -.infinity, 0, 1, .nan, 100] {
        for isSimilarity in [false, true] {
          let expected = data.indices.filter {
            isSimilarity ? data[$0] >= threshold : data[$0] <= threshold
          }
          var values = data
          var rows = [Int32](repeating: -7, count: count)
          var span = values.mutableSpan
          var numbers = rows.mutableSpan
          let kept = kernels.keep(
            &span, count: count, within: threshold, isSimilarity: isSimilarity, rows: &numbers)
          let note: Comment =
            "seed \(seed), \(count) values, \(threshold), similarity \(isSimilarity)"
          #expect(rows.prefix(kept).map(Int.init) == expected, note)
          #expect(
            values.prefix(kept).map(\.bitPattern) == expected.map { data[$0].bitPattern }, note)
        }
      }
    }
  }

  @Test("only the first `count` values are looked at", arguments: CTable.levels)
  func prefix(level: KernelLevel) throws {
    let kernels = try KernelSet(level)
    for count in 0...40 {
      var values = [Float](repeating: 0, count: 41)
      var rows = [Int32](repeating: -7, count: 41)
      var span = values.mutableSpan
      var numbers = rows.mutableSpan
      let kept = kernels.keep(
        &span, count: count, within: 1, isSimilarity: false, rows: &numbers)
      #expect(kept == count)
      #expect(rows == (0..<41).map { $0 < count ? Int32($0) : -7 })
    }
  }
}
