import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: giving vectors back in many ways")
struct ReconstructionLaws {
  @Test("several vectors at once are those one by one", arguments: ContractCase.all)
  func batches(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(80, seed: 140)
    guard let index = try contract.filled(rows) as? any Reconstructible else { return }
    guard let first = try unlessUnsupported({ try index.reconstruct(0) }) else { return }
    #expect(first.count == ContractCase.dimension)
    let ids: [Int64] = [79, 0, 31, 31, 7]
    let single = try ids.flatMap { try index.reconstruct($0) }
    #expect(try index.reconstruct(ids.span) == single, "\(contract) \(rows)")
    let all = try (0..<80).flatMap { try index.reconstruct(Int64($0)) }
    #expect(try index.reconstruct(0..<80) == all, "\(contract)")
    #expect(try index.reconstruct(70..<70).isEmpty)
    for range in [70..<81, -1..<3, Int64.min..<Int64.max, 80..<Int64.max] {
      #expect(indexError { _ = try index.reconstruct(range) }?.code == .notFound, "\(range)")
    }
    for bad: [Int64] in [[1, 80], [-1, 1], [.max], [.min, 0]] {
      #expect(indexError { _ = try index.reconstruct(bad.span) }?.code == .notFound, "\(bad)")
    }
  }

  @Test("searching and giving back is searching, then giving back", arguments: ContractCase.all)
  func searching(_ contract: ContractCase) throws {
    // Vectors of few different whole numbers bring ties across the last place.
    for shape in [DataShape.clustered, .integers] {
      let rows = ContractCase.rows(120, seed: 141, shape)
      guard let index = try contract.filled(rows) as? any Reconstructible else { return }
      guard try unlessUnsupported({ try index.reconstruct(0) }) != nil else { return }
      let queries = ContractCase.rows(9, seed: 142, shape)
      for (k, filter) in [(1, nil), (7, nil), (7, IDFilter.range(20..<90)), (130, nil)] {
        try expectBoth(index, queries, k: k, filter, "\(contract) k \(k) \(rows)")
      }
      let noQueries = EdgeLaws.none
      let none = try index.searchAndReconstruct(noQueries.batch(), k: 3)
      #expect(none.vectors.isEmpty && none.neighbors.ids.isEmpty)
    }
    guard let empty = try contract.trained() as? any Reconstructible else { return }
    let query = ContractCase.rows(2, seed: 143)
    let found = try empty.searchAndReconstruct(query.batch(), k: 3)
    #expect(found.vectors.count == 2 * 3 * ContractCase.dimension)
    #expect(found.vectors.allSatisfy { $0.isNaN } && found.neighbors.ids.allSatisfy { $0 == -1 })
  }

  @Test("searching gives back under the caller's ids", arguments: ContractCase.all)
  func searchingIdentified(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(120, seed: 144, .integers)
    var generator = SplitMix64(seed: 145)
    let ids = (0..<120).map { 1_000_000_000_000 + 7 * Int64($0) }.shuffled(using: &generator)
    var index = try contract.trained()
    guard try add(rows, ids: ids, to: &index) != nil else { return }
    guard let source = index as? any Reconstructible,
      try unlessUnsupported({ try source.reconstruct(ids[0]) }) != nil
    else { return }
    let queries = ContractCase.rows(9, seed: 146, .integers)
    try expectBoth(source, queries, k: 8, nil, "\(contract) ids of seed 145")
    try expectBoth(source, queries, k: 8, .ids(ids[..<60]), "\(contract) ids of seed 145")
  }

  private func expectBoth(
    _ index: any Reconstructible, _ queries: Vectors, k: Int, _ filter: IDFilter?, _ context: String
  ) throws {
    let options = SearchOptions(filter: filter)
    let found = try index.searchAndReconstruct(queries.batch(), k: k, options: options)
    let neighbors = try index.search(queries, k: k, options: options)
    #expect(found.neighbors == neighbors, "\(context)")
    #expect(found.vectors.count == queries.count * k * index.dimension, "\(context)")
    for query in 0..<queries.count {
      for place in 0..<k {
        let id = neighbors.ids[query * k + place]
        let vector = Array(found.vector(query: query, place: place))
        if id < 0 {
          #expect(vector.allSatisfy { $0.isNaN }, "\(context)")
        } else {
          #expect(try index.reconstruct(id) == vector, "\(context) id \(id)")
        }
      }
    }
  }

  @Test("a residual and what it is of make the vector", arguments: ContractCase.all)
  func residuals(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(60, seed: 147)
    guard let index = try contract.filled(rows) as? any Reconstructible else { return }
    guard try unlessUnsupported({ try index.reconstruct(0) }) != nil else { return }
    let others = ContractCase.rows(5, seed: 148)
    let ids: [Int64] = [3, 59, 0, 3, 20]
    let residuals = try index.residuals(of: others.batch(), from: ids.span)
    let kept = try index.reconstruct(ids.span)
    for place in residuals.indices {
      let sum = residuals[place] + kept[place]
      #expect(abs(sum - others.values[place]) <= 1e-5 * max(1, abs(kept[place])), "\(contract)")
    }
    let second = Array(others[1])
    let single = try index.residual(of: second.span, from: 59)
    #expect(single == Array(residuals[ContractCase.dimension..<2 * ContractCase.dimension]))
    let few = Array(ids.prefix(4))
    let strange: [Int64] = [0, 1, 2, 3, 60]
    #expect(
      indexError { _ = try index.residuals(of: others.batch(), from: few.span) }?.code
        == .invalidArgument)
    #expect(
      indexError { _ = try index.residuals(of: others.batch(), from: strange.span) }?.code
        == .notFound)
    let short = Array(second.dropLast())
    #expect(
      indexError { _ = try index.residual(of: short.span, from: 0) }?.code == .dimensionMismatch)
  }

  @Test("assigning gives the ids of a search", arguments: ContractCase.all)
  func assigning(_ contract: ContractCase) throws {
    let index = try contract.filled(ContractCase.rows(60, seed: 149))
    let queries = ContractCase.rows(11, seed: 150)
    #expect(try index.assign(queries.batch()) == index.search(queries, k: 1).ids, "\(contract)")
    #expect(try index.assign(queries.batch(), k: 4) == index.search(queries, k: 4).ids)
  }
}

/// The result of `body`, or `nil` if it says `unsupported`.
func unlessUnsupported<Result>(_ body: () throws -> Result) throws -> Result? {
  do {
    return try body()
  } catch let error as IndexError where error.code == .unsupported {
    return nil
  }
}
