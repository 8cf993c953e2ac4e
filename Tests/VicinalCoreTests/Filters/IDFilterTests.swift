import Testing
import VicinalCore
import VicinalTestSupport

@Suite("IDFilter")
struct IDFilterTests {
  static let filters: [IDFilter] = [
    .range(3..<40), .range(5..<5), .range(-10..<4), .bitmap([]), .bitmap([0b1000_0001, 0, 0xff]),
    .list([]), .list([0, 31, 32, 63, 64, 1_000_000_000_000]), .ids([7, 7, 9]),
    .not(.range(10..<20)), .not(.list([])), .not(.not(.list([1, 33]))), .all([]), .any([]),
    .all([.range(0..<50), .not(.list([5, 6]))]), .any([.range(0..<3), .list([60])]),
    .exactlyOne(.range(0..<40), .list([1, 33, 90])),
    .all([.any([.range(0..<10), .range(30..<70)]), .bitmap([UInt8](repeating: 0xaa, count: 20))]),
  ]

  @Test("a mask has the bits of the rows whose ids are contained", arguments: filters)
  func masks(filter: IDFilter) {
    for count in [0, 1, 31, 32, 33, 64, 65, 97] {
      let idMaps: [(Int) -> Int64] = [
        { Int64($0) }, { 1_000_000_000_000 + Int64($0) }, { Int64(96 - $0) }, { _ in 32 },
      ]
      for id in idMaps {
        let mask = filter.mask(of: count, id: id)
        #expect(mask.count == (count + 31) / 32)
        for bit in 0..<mask.count * 32 {
          let expected = bit < count && filter.contains(id(bit))
          #expect((mask[bit / 32] >> (bit % 32) & 1 == 1) == expected, "\(filter), row \(bit)")
        }
      }
    }
  }

  @Test("contains follows the definition of each kind")
  func contains() {
    #expect(IDFilter.range(2..<4).contains(2))
    #expect(!IDFilter.range(2..<4).contains(4))
    #expect(IDFilter.bitmap([0, 0b10]).contains(9))
    #expect(!IDFilter.bitmap([0, 0b10]).contains(8))
    #expect(!IDFilter.bitmap([0xff]).contains(8))
    #expect(!IDFilter.bitmap([0xff]).contains(-1))
    #expect(!IDFilter.bitmap([0xff]).contains(.max))
    #expect(!IDFilter.bitmap([0xff]).contains(.min))
    #expect(IDFilter.list([.max, .min]).contains(.min))
    #expect(IDFilter.not(.list([1])).contains(2))
    #expect(IDFilter.all([]).contains(1))
    #expect(!IDFilter.any([]).contains(1))
  }

  @Test("asking a filter asks each part of it once")
  func cost() {
    // Were it made of "or" and "not and", each level would double the work.
    var nested = IDFilter.list([1])
    for level in 0..<200 { nested = .exactlyOne(nested, .range(Int64(level)..<1000)) }
    #expect(nested.contains(2000) == false)
    // In the list and in two ranges; in one range.
    #expect(nested.contains(1) == true)
    #expect(nested.contains(0) == true)
  }

  @Test("combinations agree with set algebra on seeded filters")
  func algebra() {
    var generator = SplitMix64(seed: 61)
    for _ in 0..<200 {
      let a = Set((0..<20).map { _ in Int64(generator.integer(below: 40)) })
      let low = Int64(generator.integer(below: 40))
      let b = Set(low..<low + Int64(generator.integer(below: 20)))
      let (first, second) = (IDFilter.list(a), IDFilter.range(low..<low + Int64(b.count)))
      for id in Int64(0)..<60 {
        #expect(IDFilter.all([first, second]).contains(id) == a.intersection(b).contains(id))
        #expect(IDFilter.any([first, second]).contains(id) == a.union(b).contains(id))
        #expect(IDFilter.not(first).contains(id) == !a.contains(id))
        #expect(
          IDFilter.exactlyOne(first, second).contains(id)
            == a.symmetricDifference(b).contains(id))
      }
    }
  }
}
