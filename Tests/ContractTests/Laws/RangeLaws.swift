import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: range search and reconstruction")
struct RangeLaws {
  @Test("range search is a threshold on all values", arguments: ContractCase.all)
  func threshold(_ contract: ContractCase) throws {
    for shape in [DataShape.clustered, .integers] {
      let rows = ContractCase.rows(400, seed: 50, shape)
      guard let index = contract.ranging(try contract.filled(rows)) else { return }
      let queries = ContractCase.rows(12, seed: 51, shape)
      let oracle = contract.oracle(rows)
      let values = oracle.nearest(queries, k: 400).queries[0].map { Float($0.value) }
      let filter = IDFilter.range(50..<300)
      let places = [10, 200, 0, 399].filter(values.indices.contains)
      for radius in places.map({ values[$0] }) + [-1e30, 1e30] {
        for filter in [nil, filter] {
          let found = try index.rangeSearch(
            queries, radius: radius, options: SearchOptions(filter: filter))
          expectSameRange(
            found, oracle, queries, radius: radius, filter: filter, tolerance: contract.tolerance,
            mayMiss: contract.mayMissInRange, contract.description)
        }
      }
    }
  }

  @Test("the radius itself is outside", arguments: ContractCase.all)
  func exclusive(_ contract: ContractCase) throws {
    guard contract.subject.noise == 0 else { return }
    let rows = ContractCase.rows(300, seed: 52, .integers)
    guard let index = contract.ranging(try contract.filled(rows)) else { return }
    let queries = ContractCase.rows(5, seed: 53, .integers)
    // A value as searches give it: rounding must not put the vector itself inside.
    guard let radius = try index.search(queries, k: 61).row(0).last?.distance else { return }
    let found = try index.rangeSearch(queries, radius: radius)
    #expect(found.distances.allSatisfy { contract.metric.isBetter($0, than: radius) })
    guard contract.isExact, contract.isLossless else { return }
    let expected = contract.oracle(rows).within(queries, radius: radius)
    #expect((0..<5).map { found.row($0).map(\.id) } == expected.map { $0.map(\.id) }, "\(rows)")
  }

  @Test("vectors come back", arguments: ContractCase.all)
  func reconstruct(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(100, seed: 54)
    guard let index = try contract.filled(rows) as? any Reconstructible,
      try contract.givesBack(index)
    else { return }
    let kept = try contract.restored(rows)
    if case .decoded = contract.subject.fidelity, contract.subject.isSimilar {
      expectSimilar(kept, rows, contract)
    }
    for row in [0, 1, 57, 99] {
      let found = try index.reconstruct(Int64(row))
      let isSame = zip(found, kept[row]).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) }
      #expect(found.count == ContractCase.dimension && isSame, "\(contract) row \(row) \(rows)")
    }
    for id in [-1, 100, .max, .min] as [Int64] {
      #expect(indexError { _ = try index.reconstruct(id) }?.code == .notFound, "id \(id)")
    }
  }

  /// Requires what codes stand for to be nearer to the vectors than their mean is.
  private func expectSimilar(_ kept: Vectors, _ rows: Vectors, _ contract: ContractCase) {
    let mean = (0..<rows.dimension).map { column in
      (0..<rows.count).reduce(0) { $0 + rows[$1][$1 * rows.dimension + column] }
        / Float(rows.count)
    }
    var (error, spread) = (0.0, 0.0)
    for row in 0..<rows.count {
      error += Metric.l2.value(kept[row], rows[row])
      spread += Metric.l2.value(mean[...], rows[row])
    }
    #expect(error < 0.5 * spread, "\(contract): codes lose \(error) of \(spread), \(rows)")
  }
}
