import VicinalCore
import VicinalTestSupport

/// What an index may be able to do: the columns of `docs/contract.md`.
enum Capability: String, CaseIterable, Sendable {
  case train, add, search, range, ids, remove, reconstruct, merge, subset, copy
  case file = "save/load"
  case filter, threads
  case badInput = "bad input"

  /// Whether an index does it, found out by asking it.
  func works(_ contract: ContractCase) throws -> Bool {
    let rows = ContractCase.rows(60, seed: 200)
    let queries = ContractCase.rows(4, seed: 201)
    var index = try contract.filled(rows)
    switch self {
    case .train:
      return try !contract.subject.make(ContractCase.dimension, contract.metric).isTrained
    case .add: return index.count == 60
    case .search: return try index.search(queries, k: 3).ids.contains { $0 >= 0 }
    case .range: return contract.ranging(index) != nil
    case .ids: return try contract.takesIDs()
    case .remove: return try VicinalTestSupport.remove(.range(5..<15), from: &index) == 10
    case .reconstruct: return try contract.givesBack(index)
    case .merge:
      var other = index
      return try VicinalTestSupport.merge(&other, into: &index, idOffset: 0) != nil
        && index.count == 120
    case .subset:
      var target = try contract.trained()
      return try copySubset(.ids(0..<5), of: index, to: &target) != nil && target.count == 5
    case .copy:
      let copy = index
      let before = try copy.search(queries, k: 3)
      try index.add(queries)
      return try copy.count == 60 && copy.search(queries, k: 3) == before
    case .file: return contract.subject.isStored && roundTrip != nil
    case .filter:
      let found = try index.search(queries, k: 5, options: SearchOptions(filter: .range(7..<9)))
      return found.ids.allSatisfy { $0 < 0 || (7..<9).contains($0) }
    case .threads:
      let answers = try [1, 3].map {
        try index.search(
          queries, k: 5, options: SearchOptions(execution: Execution(workers: $0)))
      }
      return answers[0] == answers[1]
    case .badInput:
      var spoiled = queries
      spoiled.values[3] = .nan
      return indexError { try index.add(spoiled) }?.code == .notFinite
    }
  }
}
