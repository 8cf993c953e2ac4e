import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Contract: storage")
struct StorageLaws {
  @Test(
    "an index that was written and read answers the same", .enabled(if: roundTrip != nil),
    arguments: ContractCase.all.filter(\.subject.isStored))
  func roundTrips(_ contract: ContractCase) throws {
    let roundTrip = try #require(roundTrip)
    let queries = ContractCase.rows(15, seed: 120)
    for count in [0, 1, 400] {
      let rows = ContractCase.rows(count, seed: 121)
      let index = try contract.filled(rows)
      var read = try roundTrip(index)
      try KnobSettings(parsing: contract.subject.unstoredSettings).apply(to: &read)
      #expect(read.count == count && read.isTrained && read.metric == contract.metric)
      #expect(try read.search(queries, k: 10) == index.search(queries, k: 10), "\(contract)")
      let more = ContractCase.rows(100, seed: 122)
      try read.add(more)
      try contract.expectSearch(read, rows + more, "added after reading")
      try contract.expectSearch(index, rows, "the written index after its copy changed")
    }
    let untrained = try contract.subject.make(ContractCase.dimension, contract.metric)
    #expect(try roundTrip(untrained).isTrained == untrained.isTrained)
  }

  @Test(
    "an index that files cannot hold says so", .enabled(if: roundTrip != nil),
    arguments: ContractCase.all.filter { !$0.subject.isStored })
  func refused(_ contract: ContractCase) throws {
    let roundTrip = try #require(roundTrip)
    let index = try contract.filled(ContractCase.rows(30, seed: 119))
    #expect(indexError { _ = try roundTrip(index) }?.code == .unsupported, "\(contract)")
  }

  @Test("what a kind of index can do is known", arguments: ContractCase.all)
  func capabilities(_ contract: ContractCase) throws {
    var index = try contract.filled(ContractCase.rows(20, seed: 123))
    var other = index
    var target = try contract.trained()
    var can: [String] = []
    if contract.ranging(index) != nil { can.append("range") }
    if index is any Reconstructible { can.append("reconstruct") }
    if try contract.takesIDs() { can.append("ids") }
    if try copySubset(.ids(0..<5), of: index, to: &target) != nil { can.append("subset") }
    if try merge(&other, into: &index, idOffset: 0) != nil { can.append("merge") }
    if try remove(.range(0..<5), from: &index) != nil { can.append("remove") }
    print("contract: \(contract.description) can \(can.joined(separator: ", "))")
    #expect(index.count >= 15)
  }
}
