import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: changes")
struct ChangeLaws {
  @Test("a copy is a snapshot", arguments: ContractCase.all)
  func snapshot(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(300, seed: 60)
    let more = ContractCase.rows(200, seed: 61)
    let queries = ContractCase.rows(20, seed: 62)
    var index = try contract.filled(rows)
    let copy = index
    let before = try copy.search(queries, k: 10)
    func check(_ step: String) throws {
      #expect(copy.count == 300, "\(contract) after \(step)")
      #expect(try copy.search(queries, k: 10) == before, "\(contract) after \(step), \(rows)")
    }
    try index.add(more)
    try check("adding")
    #expect(index.count == 500)
    _ = try remove(.range(0..<250), from: &index)
    try check("removing")
    try index.add(more)
    try check("adding again")
    // The other way round: changing the copy leaves the original alone.
    var original = try contract.filled(rows)
    var changed = original
    try changed.add(more)
    _ = try remove(.range(10..<20), from: &changed)
    #expect(try original.search(queries, k: 10) == before)
    try original.add(more.rows(0..<10))
    let found = try changed.search(more.rows(100..<101), k: 1)
    #expect(found.row(0).count == 1)
  }

  @Test("removing forgets exactly what the filter contains", arguments: ContractCase.all)
  func removal(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(400, seed: 63)
    let filters: [IDFilter] = [
      .range(100..<250), .range(0..<1), .range(399..<1000), .list([0, 3, 200, 399, 7777]),
      .list([]), .bitmap([UInt8](repeating: 0b0101_0011, count: 30)), .not(.range(30..<370)),
      .not(.list([5])), .all([.range(0..<200), .not(.range(50..<60))]),
    ]
    for filter in filters {
      var index = try contract.filled(rows)
      guard let removed = try remove(filter, from: &index) else { return }
      let kept = (0..<400).filter { !filter.contains(Int64($0)) }
      #expect(removed == 400 - kept.count && index.count == kept.count, "\(contract) \(filter)")
      let ids = try contract.takesIDs() ? kept.map(Int64.init) : Array(0..<Int64(kept.count))
      let left = rows.rows(at: kept)
      try contract.expectSearch(index, left, ids: ids, k: 15, "after removing \(filter)")
      guard let source = index as? any Reconstructible, let last = ids.last,
        try contract.givesBack(index, last)
      else { continue }
      let vector = Vectors(try source.reconstruct(last), dimension: ContractCase.dimension)
      let expected = try contract.restored(left.rows(kept.count - 1..<kept.count))
      let isSame = zip(vector.values, expected.values).allSatisfy { abs($0 - $1) < 1e-5 }
      #expect(isSame, "\(contract) after removing \(filter)")
    }
  }

  @Test(
    "removing everything leaves an index that can be filled again",
    arguments: ContractCase.all)
  func removeEverything(_ contract: ContractCase) throws {
    var index = try contract.filled(ContractCase.rows(200, seed: 64))
    guard try remove(.not(.list([])), from: &index) == 200 else { return }
    #expect(index.count == 0 && index.isTrained)
    let queries = ContractCase.rows(5, seed: 65)
    #expect(
      try index.search(queries, k: 3) == Neighbors(empty: 5, k: 3, metric: contract.metric))
    #expect(try remove(.not(.list([])), from: &index) == 0)
    let rows = ContractCase.rows(300, seed: 66)
    try index.add(rows)
    try contract.expectSearch(index, rows)
  }

  @Test("removing and adding in turns keeps the right vectors", arguments: ContractCase.all)
  func turns(_ contract: ContractCase) throws {
    guard try !contract.takesIDs() else { return }
    var index = try contract.trained()
    var rows = EdgeLaws.none
    var generator = SplitMix64(seed: 67)
    for turn in 0..<12 {
      let more = ContractCase.rows(20 + generator.integer(below: 80), seed: UInt64(6700 + turn))
      try index.add(more)
      rows = rows + more
      let gone = Set((0..<15).map { _ in Int64(generator.integer(below: rows.count)) })
      guard try remove(.list(gone), from: &index) != nil else { return }
      rows = rows.rows(at: (0..<rows.count).filter { !gone.contains(Int64($0)) })
    }
    rows.description = "12 turns of seed 67"
    try contract.expectSearch(index, rows)
  }
}
