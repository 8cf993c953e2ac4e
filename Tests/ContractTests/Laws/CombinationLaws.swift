import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: merging and copying parts")
struct CombinationLaws {
  @Test("merging gives the index of all vectors", arguments: ContractCase.all)
  func merging(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(500, seed: 70)
    for cut in [0, 1, 200, 499, 500] {
      var index = try contract.trained()
      var other = index
      try index.add(rows.rows(0..<cut))
      try other.add(rows.rows(cut..<500))
      let offset = try contract.takesIDs() ? Int64(cut) : 0
      guard try merge(&other, into: &index, idOffset: offset) != nil else { return }
      #expect(index.count == 500 && other.count == 0, "\(contract) cut at \(cut)")
      try contract.expectSearch(index, rows, "cut at \(cut)")
      try other.add(rows.rows(0..<50))
      try contract.expectSearch(other, rows.rows(0..<50), "the emptied index filled again")
    }
  }

  @Test("merging leaves snapshots of both alone", arguments: ContractCase.all)
  func mergedSnapshots(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(200, seed: 71)
    let queries = ContractCase.rows(9, seed: 72)
    var index = try contract.trained()
    var other = index
    try index.add(rows.rows(0..<100))
    try other.add(rows.rows(100..<200))
    let copies = (index, other)
    let before = (try index.search(queries, k: 5), try other.search(queries, k: 5))
    guard try merge(&other, into: &index, idOffset: 0) != nil else { return }
    #expect(try copies.0.search(queries, k: 5) == before.0)
    #expect(try copies.1.search(queries, k: 5) == before.1)
  }

  @Test(
    "indexes that do not fit are not merged and stay as they are",
    arguments: ContractCase.all)
  func misfits(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(100, seed: 73)
    var index = try contract.filled(rows)
    var other = try contract.subject.make(2 * ContractCase.dimension, contract.metric)
    let wide = DataShape.uniform.make(900, dimension: 2 * ContractCase.dimension, seed: 74)
    if !other.isTrained { try other.train(on: wide) }
    try other.add(wide)
    var isCapable = false
    let error = indexError { isCapable = try merge(&other, into: &index, idOffset: 0) != nil }
    guard isCapable || error != nil else { return }
    #expect(error?.code == .invalidArgument, "\(contract)")
    #expect(index.count == 100 && other.count == 900)
    try contract.expectSearch(index, rows)
  }

  @Test("subsets hold what was selected", arguments: ContractCase.all)
  func subsets(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(300, seed: 75)
    let index = try contract.filled(rows)
    let takesIDs = try contract.takesIDs()
    let selections: [(SubsetSelection, (Int) -> Bool)] = [
      (.ids(40..<120), { (40..<120).contains($0) }), (.ids(0..<0), { _ in false }),
      (.ids(-5..<1000), { _ in true }), (.modulus(7, remainder: 3), { $0 % 7 == 3 }),
      (.modulus(1, remainder: 0), { _ in true }),
    ]
    for (selection, isSelected) in selections {
      var target = try contract.trained()
      guard try copySubset(selection, of: index, to: &target) != nil else { return }
      let chosen = (0..<300).filter(isSelected)
      #expect(target.count == chosen.count && index.count == 300, "\(contract) \(selection)")
      try contract.expectSearch(
        target, rows.rows(at: chosen), ids: takesIDs ? chosen.map(Int64.init) : nil,
        "copied \(selection)")
    }
  }

  @Test("parts of an index are disjoint and together the whole", arguments: ContractCase.all)
  func parts(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(301, seed: 76)
    let index = try contract.filled(rows)
    let takesIDs = try contract.takesIDs()
    let divisions: [[SubsetSelection]] = [
      (0..<4).map { .slice(part: $0, of: 4) }, [.slice(part: 0, of: 1)],
      [.elements(0..<100), .elements(100..<101), .elements(101..<301)],
      (0..<3).map { .modulus(3, remainder: $0) },
    ]
    for division in divisions {
      var whole = try contract.trained()
      var sizes: [Int] = []
      for part in division {
        var target = try contract.trained()
        guard try copySubset(part, of: index, to: &target) != nil else { return }
        sizes.append(target.count)
        _ = try copySubset(part, of: index, to: &whole)
      }
      #expect(sizes.reduce(0, +) == 301 && whole.count == 301, "\(contract) \(division)")
      if case .elements = division[0] { #expect(sizes == [100, 1, 200], "\(contract)") }
      // Without ids of their own, rows come back in the order of the parts.
      guard
        takesIDs || division.first.map({ if case .modulus = $0 { false } else { true } }) == true
      else { continue }
      try contract.expectSearch(whole, rows, "joined from \(division)")
    }
  }

  @Test("senseless selections are refused and copy nothing", arguments: ContractCase.all)
  func badSelections(_ contract: ContractCase) throws {
    let index = try contract.filled(ContractCase.rows(50, seed: 77))
    let bad: [SubsetSelection] = [
      .modulus(0, remainder: 0), .modulus(-3, remainder: 1), .modulus(3, remainder: 3),
      .modulus(3, remainder: -1), .slice(part: 0, of: 0), .slice(part: 4, of: 4),
      .slice(part: -1, of: 4),
    ]
    for selection in bad {
      var target = try contract.trained()
      var isCapable = false
      let error = indexError {
        isCapable = try copySubset(selection, of: index, to: &target) != nil
      }
      guard isCapable || error != nil else { return }
      #expect(error?.code == .invalidArgument, "\(contract) \(selection)")
      #expect(target.count == 0)
    }
  }
}
