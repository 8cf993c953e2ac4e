import Testing
import VicinalCore
import VicinalService
import VicinalTestSupport

@Suite("Rows of a main index that count")
struct LiveRowsTests {
  @Test("counts are those of the single rows, for every range of few rows")
  func counting() {
    var random = SplitMix64(seed: 3)
    for count in 0...20 {
      var rows = LiveRows(count, areLive: true)
      #expect(rows.count == count)
      var truth = [Bool](repeating: true, count: count)
      for row in 0..<count where random.next() % 2 == 0 {
        rows.set(row, false)
        rows.set(row, false)
        truth[row] = false
      }
      #expect(rows.count == truth.count { $0 })
      for first in 0...count {
        for end in first...count {
          #expect(rows.count(in: first..<end) == truth[first..<end].count { $0 })
        }
      }
      for row in 0..<count {
        #expect(rows[row] == truth[row])
        #expect(rows.filter.contains(Int64(row)) == truth[row])
      }
      #expect(!rows.filter.contains(Int64(count)))
    }
  }
}
