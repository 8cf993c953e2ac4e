import Testing
import VicinalCore
import VicinalService
import VicinalTestSupport

@Suite("Ids of rows")
struct RowIDsTests {
  @Test("ids in any order are found, alone and by range", arguments: [0, 1, 2, 7, 100])
  func anyOrder(count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    let ascending = (0..<count).map { Int64($0) * 3 - 50 }
    for ids in [ascending, ascending.shuffled(using: &random), ascending.reversed()] {
      let rows = try RowIDs(ids)
      #expect(rows.isAscending == (ids == ascending))
      for id in Int64(-60)..<280 { #expect(rows.row(of: id) == ids.firstIndex(of: id)) }
      for range in [-60...299, -20...20, 5...5, 7...7, 8...Int64.max, Int64.min...0, 400...500] {
        let found = rows.places(of: range).map { ids[rows.row(at: $0)] }
        #expect(found == ascending.filter(range.contains))
      }
    }
  }

  @Test("an id that comes twice is refused", arguments: [[1, 1], [5, 3, 5], [2, 3, 3, 1]])
  func twice(ids: [Int64]) {
    #expect(throws: IndexError.self) { try RowIDs(ids) }
  }
}
