import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: search")
struct SearchLaws {
  @Test("finds the nearest of seeded data", arguments: ContractCase.all)
  func search(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(600, seed: 10)
    let index = try contract.filled(rows)
    #expect(index.count == 600 && index.isTrained)
    #expect(index.dimension == ContractCase.dimension && index.metric == contract.metric)
    #expect(index.byteCount >= 600 * (contract.isLossless ? ContractCase.dimension : 1))
    let queries = ContractCase.rows(150, seed: 11)
    let exact = contract.oracle(rows).nearest(queries, k: 1)
    for k in [1, 2, 10, 50] {
      // Few queries and many take different ways through an index.
      for count in [1, 3, 40, 150] {
        let found = try index.search(queries.rows(0..<count), k: k)
        contract.expect(found, exact.prefix(count, k: k), "\(count) queries, k \(k)")
      }
    }
  }

  @Test("estimates find true neighbours", arguments: ContractCase.all)
  func estimates(_ contract: ContractCase) throws {
    guard case .estimated(let recall) = contract.subject.fidelity else { return }
    let rows = ContractCase.rows(600, seed: 10)
    let queries = ContractCase.rows(60, seed: 11)
    let found = try contract.filled(rows).search(queries, k: 10)
    let exact = Oracle(rows, metric: contract.metric).nearest(queries, k: 10)
    let hits = (0..<60).reduce(0) {
      $0 + Set(exact.ids($1)).intersection(found.row($1).map(\.id)).count
    }
    #expect(Double(hits) >= recall * 600, "\(contract) finds \(hits) of 600")
  }

  @Test("adversarial data is no exception", arguments: ContractCase.all)
  func shapes(_ contract: ContractCase) throws {
    for shape in [DataShape.uniform, .integers, .outlier, .offset, .zeros, .spikes] {
      let sample = ContractCase.rows(600, seed: 12, shape)
      let rows = sample.rows(100..<400)
      var trained = try contract.subject.make(ContractCase.dimension, contract.metric)
      if !trained.isTrained { try trained.train(on: sample) }
      var index = trained
      try index.add(rows)
      let found = try index.search(ContractCase.rows(15, seed: 13, shape), k: 10)
      guard contract.isExact else {
        #expect(disorder(found, metric: contract.metric) == nil, "\(contract) \(rows)")
        continue
      }
      contract.expect(
        found, rows, ContractCase.rows(15, seed: 13, shape), k: 10, trained: trained, "\(shape)")
    }
  }

  @Test("every vector finds itself under the ids 0 ..< count", arguments: ContractCase.all)
  func ids(_ contract: ContractCase) throws {
    guard contract.metric != .innerProduct else { return }
    let rows = ContractCase.rows(200, seed: 14)
    let found = try contract.filled(rows).search(rows, k: 1)
    #expect(found.ids.allSatisfy { (0..<200).contains($0) })
    // Where much is lost, another vector may be nearer.
    guard contract.isLossless else { return contract.expect(found, rows, rows, k: 1) }
    let right = (0..<200).filter { found.ids[$0] == Int64($0) }.count
    #expect(right >= (contract.isExact ? 200 : 190), "\(contract) \(rows)")
  }

  @Test("ties are ordered by id, and the first ids win the last place", arguments: ContractCase.all)
  func ties(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(250, seed: 15, .integers)
    let twice = rows + rows
    let index = try contract.filled(twice)
    let queries = ContractCase.rows(10, seed: 16, .integers)
    for k in [1, 5, 33, 100] {
      let found = try index.search(queries, k: k)
      #expect(disorder(found, metric: contract.metric) == nil, "\(contract) \(twice)")
      // Integers have exact float values, so ids are certain down to the last place.
      guard contract.isExact, contract.isLossless, contract.subject.noise == 0 else {
        if contract.isExact { contract.expect(found, twice, queries, k: k) }
        continue
      }
      let exact = contract.oracle(twice).nearest(queries, k: k)
      for query in 0..<10 {
        #expect(found.row(query).map(\.id) == exact.ids(query), "\(contract) k \(k) \(twice)")
      }
    }
  }

  @Test("duplicates are found", arguments: ContractCase.all)
  func duplicates(_ contract: ContractCase) throws {
    let one = ContractCase.rows(1, seed: 17)
    let rows = ContractCase.rows(100, seed: 18) + one.rows(at: Array(repeating: 0, count: 60))
    let index = try contract.filled(rows)
    try contract.expectSearch(index, rows, queries: one, k: 60)
    guard contract.metric != .innerProduct, contract.isLossless else { return }
    let found = try index.search(one, k: 60)
    let count = found.row(0).filter { $0.id >= 100 }.count
    #expect(contract.isExact ? count == 60 : count > 0, "\(contract) finds \(count)")
  }

  @Test("adding in pieces equals adding at once", arguments: ContractCase.all)
  func pieces(_ contract: ContractCase) throws {
    guard contract.isExact else { return }
    let rows = ContractCase.rows(500, seed: 19)
    let queries = ContractCase.rows(15, seed: 20)
    let expected = try contract.filled(rows).search(queries, k: 20)
    for cuts in [[0, 1, 2, 3, 500], [0, 250, 250, 500], [0, 499, 500], Array(0...500)] {
      var index = try contract.trained()
      for (low, high) in zip(cuts, cuts.dropFirst()) { try index.add(rows.rows(low..<high)) }
      #expect(try index.search(queries, k: 20) == expected, "\(contract) \(cuts.prefix(5)) \(rows)")
    }
  }
}
