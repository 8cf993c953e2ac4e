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
}
