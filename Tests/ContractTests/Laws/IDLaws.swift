import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: ids of the caller's choice")
struct IDLaws {
  /// Large ids in no order, the largest there is among them.
  private func ids(_ count: Int, seed: UInt64) -> [Int64] {
    var generator = SplitMix64(seed: seed)
    var ids = (0..<Int64(count)).map { 1_000_000_000_000 + 7 * $0 }
    if let last = ids.indices.last { ids[last] = .max }
    return ids.shuffled(using: &generator)
  }

  @Test("vectors are found, given back and removed under their ids", arguments: ContractCase.all)
  func identified(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(400, seed: 80)
    let ids = ids(400, seed: 81)
    var index = try contract.trained()
    guard try add(rows.rows(0..<150), ids: Array(ids[..<150]), to: &index) != nil else { return }
    _ = try add(rows.rows(150..<400), ids: Array(ids[150...]), to: &index)
    #expect(index.count == 400)
    try contract.expectSearch(index, rows, ids: ids)
    let allowed = IDFilter.ids(ids[100..<220])
    try contract.expectSearch(index, rows, ids: ids, filter: allowed)
    let high = IDFilter.range(1_000_000_001_000..<Int64.max)
    try contract.expectSearch(index, rows, ids: ids, filter: high)
    if let source = index as? any Reconstructible, try contract.givesBack(index, ids[0]) {
      let seen = try contract.restored(rows)
      for row in [0, 149, 150, 399] {
        let found = try source.reconstruct(ids[row])
        let isSame = zip(found, seen[row]).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) }
        #expect(isSame, "\(contract) id \(ids[row])")
      }
      #expect(indexError { _ = try source.reconstruct(3) }?.code == .notFound)
    }
    guard let removed = try remove(.ids(ids[50..<90]), from: &index) else { return }
    #expect(removed == 40)
    let kept = (0..<400).filter { !(50..<90).contains($0) }
    try contract.expectSearch(index, rows.rows(at: kept), ids: kept.map { ids[$0] })
  }

  @Test("ties are ordered by the caller's ids", arguments: ContractCase.all)
  func ties(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(300, seed: 82, .integers)
    let ids = ids(300, seed: 83)
    var index = try contract.trained()
    guard try add(rows, ids: ids, to: &index) != nil else { return }
    let queries = ContractCase.rows(10, seed: 84, .integers)
    let found = try index.search(queries, k: 40)
    let problem = disorder(found, metric: contract.metric)
    #expect(problem == nil, "\(contract): \(problem ?? "") \(rows)")
    guard let searchable = contract.ranging(index) else { return }
    let oracle = contract.oracle(rows, ids: ids)
    let values = oracle.nearest(queries, k: 300).queries[0]
    guard !values.isEmpty else { return }
    let radius = Float(values[values.count / 2].value)
    expectSameRange(
      try searchable.rangeSearch(queries, radius: radius), oracle, queries, radius: radius,
      tolerance: contract.tolerance, mayMiss: contract.mayMissInRange, contract.description)
  }

  @Test("as many ids as vectors are required", arguments: ContractCase.all)
  func counts(_ contract: ContractCase) throws {
    guard try contract.takesIDs() else { return }
    let rows = ContractCase.rows(30, seed: 85)
    var index = try contract.filled(rows)
    for count in [0, 1, 29, 31] {
      let error = indexError {
        _ = try add(rows, ids: [Int64](repeating: 4, count: count), to: &index)
      }
      #expect(error?.code == .invalidArgument, "\(contract) \(count) ids for 30 vectors")
    }
    #expect(index.count == 30)
    try contract.expectSearch(index, rows)
  }

  @Test("merging adds the offset to the ids of the other index", arguments: ContractCase.all)
  func mergingWithOffset(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(200, seed: 86)
    let low = (0..<100).map { Int64($0) }
    var index = try contract.trained()
    var other = index
    guard try add(rows.rows(0..<100), ids: low, to: &index) != nil else { return }
    _ = try add(rows.rows(100..<200), ids: low, to: &other)
    guard try merge(&other, into: &index, idOffset: 5_000_000_000_000) != nil else { return }
    try contract.expectSearch(index, rows, ids: low + low.map { $0 + 5_000_000_000_000 })
  }
}
