import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Contract: forgetting everything")
struct ResetLaws {
  @Test("an index that was reset is one that never held anything", arguments: ContractCase.all)
  func reset(_ contract: ContractCase) throws {
    let queries = ContractCase.rows(12, seed: 171)
    var index = try contract.filled(ContractCase.rows(300, seed: 170))
    let copy = index
    let before = try copy.search(queries, k: 5)
    try index.reset()
    #expect(index.count == 0 && index.isTrained, "\(contract)")
    #expect(
      try index.search(queries, k: 3) == Neighbors(empty: 12, k: 3, metric: contract.metric))
    #expect(try copy.count == 300 && copy.search(queries, k: 5) == before, "the copy")
    try index.reset()
    let rows = ContractCase.rows(200, seed: 172)
    try index.add(rows)
    let fresh = try contract.filled(rows)
    #expect(index.count == 200)
    #expect(try index.search(queries, k: 9) == fresh.search(queries, k: 9), "\(contract) \(rows)")
    if let mine = index as? any Reconstructible, let theirs = fresh as? any Reconstructible,
      let vector = try unlessUnsupported({ try theirs.reconstruct(150) })
    {
      #expect(try mine.reconstruct(150) == vector, "\(contract)")
    }
  }

  @Test("settings outlive a reset", arguments: ContractCase.all)
  func settings(_ contract: ContractCase) throws {
    var index = try contract.filled(ContractCase.rows(40, seed: 173))
    for knob in index.availableKnobs where knob.range.contains(3) {
      try setKnob(knob.name, to: 3, of: &index)
    }
    let set = index.availableKnobs.map(\.value)
    try index.reset()
    #expect(index.availableKnobs.map(\.value) == set, "\(contract)")
    #expect(set.isEmpty || set.contains(3), "\(contract)")
  }

  @Test("ids may be used again", arguments: ContractCase.all)
  func identified(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(50, seed: 174)
    let ids = (0..<50).map { Int64(5_000 + $0 * 3) }
    var index = try contract.trained()
    guard try add(rows, ids: ids, to: &index) != nil else { return }
    let fresh = index
    try index.reset()
    _ = try add(rows, ids: ids, to: &index)
    let queries = ContractCase.rows(5, seed: 175)
    #expect(try index.search(queries, k: 4) == fresh.search(queries, k: 4), "\(contract)")
    guard let source = index as? any Reconstructible,
      try unlessUnsupported({ try source.reconstruct(ids[0]) }) != nil
    else { return }
    #expect(indexError { _ = try source.reconstruct(3) }?.code == .notFound)
  }
}
