import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: range search and reconstruction")
struct RangeLaws {
  @Test("range search is a threshold on all values", arguments: ContractCase.all)
  func threshold(_ contract: ContractCase) throws {
    for shape in [DataShape.clustered, .integers] {
      let rows = ContractCase.rows(400, seed: 50, shape)
      guard let index = try contract.filled(rows) as? any RangeSearchable else { return }
      let queries = ContractCase.rows(12, seed: 51, shape)
      let oracle = contract.oracle(rows)
      let seen = contract.subject.seen(queries)
      let values = oracle.nearest(seen, k: 400).queries[0].map { Float($0.value) }
      let filter = IDFilter.range(50..<300)
      for radius in [values[10], values[200], values[0], values[399], -1e30, 1e30] {
        for filter in [nil, filter] {
          let found = try index.rangeSearch(
            queries, radius: radius, options: SearchOptions(filter: filter))
          expectSameRange(
            found, oracle, seen, radius: radius, filter: filter, tolerance: contract.tolerance,
            mayMiss: !contract.isExact, contract.description)
        }
      }
    }
  }

  @Test("the radius itself is outside", arguments: ContractCase.all)
  func exclusive(_ contract: ContractCase) throws {
    guard contract.subject.noise == 0 else { return }
    let rows = ContractCase.rows(300, seed: 52, .integers)
    guard let index = try contract.filled(rows) as? any RangeSearchable else { return }
    let queries = ContractCase.rows(5, seed: 53, .integers)
    let radius = Float(contract.oracle(rows).nearest(queries, k: 80).queries[0][60].value)
    let found = try index.rangeSearch(queries, radius: radius)
    #expect(found.distances.allSatisfy { contract.metric.isBetter($0, than: radius) })
    guard contract.isExact else { return }
    let expected = contract.oracle(rows).within(queries, radius: radius)
    #expect((0..<5).map { found.row($0).map(\.id) } == expected.map { $0.map(\.id) }, "\(rows)")
  }

  @Test("vectors come back", arguments: ContractCase.all)
  func reconstruct(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(100, seed: 54)
    guard let index = try contract.filled(rows) as? any Reconstructible else { return }
    let seen = contract.subject.seen(rows)
    for row in [0, 1, 57, 99] {
      let found = try index.reconstruct(Int64(row))
      let isSame = zip(found, seen[row]).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) }
      #expect(found.count == ContractCase.dimension && isSame, "\(contract) row \(row) \(rows)")
    }
    for id in [-1, 100, .max, .min] as [Int64] {
      #expect(indexError { _ = try index.reconstruct(id) }?.code == .notFound, "id \(id)")
    }
  }
}
