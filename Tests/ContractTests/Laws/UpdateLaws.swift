import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: new values under old ids")
struct UpdateLaws {
  /// Replaces vectors; `nil` if this kind of index cannot.
  private func replace(
    _ ids: [Int64], with vectors: Vectors, in index: inout any VectorIndex
  ) throws -> Void? {
    try withCapability(&index, (any UpdatableIndex).self) { index throws(IndexError) in
      try index.replace(ids.span, with: vectors.batch())
    }
  }

  @Test("the index is the one that was filled with the new values", arguments: ContractCase.all)
  func replaced(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(200, seed: 180)
    for seed: UInt64 in [181, 182] {
      var generator = SplitMix64(seed: seed)
      let places = Array((0..<200).shuffled(using: &generator).prefix(seed == 181 ? 1 : 30))
      let new = ContractCase.rows(places.count, seed: seed + 10)
      var index = try contract.filled(rows)
      let copy = index
      guard try replace(places.map(Int64.init), with: new, in: &index) != nil else { return }
      var expected = rows
      for (row, place) in places.enumerated() { expected[place] = new[row] }
      try expectSame(index, try contract.filled(expected), contract, "seed \(seed)")
      try expectSame(copy, try contract.filled(rows), contract, "the copy, seed \(seed)")
      // More can be added and removed afterwards.
      try index.add(new)
      #expect(index.count == 200 + new.count)
    }
  }

  private func expectSame(
    _ index: any VectorIndex, _ fresh: any VectorIndex, _ contract: ContractCase, _ context: String
  ) throws {
    let queries = ContractCase.rows(15, seed: 183)
    #expect(index.count == fresh.count)
    if contract.isExact {
      #expect(
        try index.search(queries, k: 12) == fresh.search(queries, k: 12), "\(contract) \(context)")
    }
    guard let mine = index as? any Reconstructible, let theirs = fresh as? any Reconstructible,
      let vectors = try unlessUnsupported({ try theirs.reconstruct(0..<200) })
    else { return }
    #expect(try mine.reconstruct(0..<200) == vectors, "\(contract) \(context)")
  }

  @Test("ids of the caller's choice stay", arguments: ContractCase.all)
  func identified(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(100, seed: 184)
    let ids = (0..<100).map { Int64(1_000_000_000_000 - $0 * 3) }
    var index = try contract.trained()
    guard try add(rows, ids: ids, to: &index) != nil else { return }
    let new = ContractCase.rows(3, seed: 185)
    guard try replace([ids[99], ids[0], ids[40]], with: new, in: &index) != nil else { return }
    var expected = rows
    for (row, place) in [99, 0, 40].enumerated() { expected[place] = new[row] }
    var fresh = try contract.trained()
    _ = try add(expected, ids: ids, to: &fresh)
    #expect(index.count == 100)
    let queries = ContractCase.rows(15, seed: 186)
    if contract.isExact {
      #expect(try index.search(queries, k: 7) == fresh.search(queries, k: 7), "\(contract)")
    }
    guard let mine = index as? any Reconstructible, let theirs = fresh as? any Reconstructible,
      let vectors = try unlessUnsupported({ try theirs.reconstruct(ids.span) })
    else { return }
    #expect(try mine.reconstruct(ids.span) == vectors, "\(contract)")
  }

  @Test("what cannot be replaced is refused and nothing changes", arguments: ContractCase.all)
  func misuse(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(60, seed: 187)
    var index = try contract.filled(rows)
    let new = ContractCase.rows(2, seed: 188)
    guard try replace([1, 2], with: new, in: &index) != nil else { return }
    index = try contract.filled(rows)
    let queries = ContractCase.rows(7, seed: 189)
    let before = try index.search(queries, k: 5)
    var broken = new
    broken.values[ContractCase.dimension + 1] = .infinity
    let wide = DataShape.uniform.make(2, dimension: ContractCase.dimension + 1, seed: 190)
    let bad: [([Int64], Vectors, IndexError.Code)] = [
      ([1, 60], new, .notFound), ([-1, 1], new, .notFound), ([.max, .min], new, .notFound),
      ([1, 1], new, .invalidArgument), ([1], new, .invalidArgument),
      ([1, 2, 3], new, .invalidArgument), ([1, 2], broken, .notFinite),
      ([1, 2], wide, .dimensionMismatch),
    ]
    for (ids, vectors, code) in bad {
      let error = indexError { _ = try replace(ids, with: vectors, in: &index) }
      #expect(error?.code == code, "\(contract) \(ids) \(vectors)")
      #expect(try index.count == 60 && index.search(queries, k: 5) == before, "\(contract) \(ids)")
    }
    _ = try replace([], with: EdgeLaws.none, in: &index)
    #expect(try index.search(queries, k: 5) == before)
  }
}
