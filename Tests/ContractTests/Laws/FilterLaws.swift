import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: filters")
struct FilterLaws {
  static let filters: [IDFilter] = [
    .range(100..<300), .range(299..<300), .range(-50..<20), .list([0, 1, 31, 32, 599]),
    .bitmap([UInt8](repeating: 0b0010_0101, count: 75)), .bitmap([0xff, 0xff]),
    .not(.range(0..<500)), .not(.list([3])), .not(.not(.range(7..<77))),
    .all([.range(0..<400), .not(.range(100..<200))]), .any([.range(0..<10), .list([555, 556])]),
    .all([]), .not(.list([])), .range(-10..<10_000),
  ]

  static let emptyFilters: [IDFilter] = [
    .list([]), .range(9..<9), .bitmap([]), .any([]), .list([9999]),
  ]

  @Test("a filtered search equals one over what the filter contains", arguments: ContractCase.all)
  func filtered(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(600, seed: 90)
    let index = try contract.filled(rows)
    let oracle = contract.oracle(rows)
    let queries = ContractCase.rows(40, seed: 91)
    for filter in Self.filters {
      let options = SearchOptions(filter: filter)
      let exact = oracle.nearest(queries, k: 10, filter: filter)
      for count in [2, 40] {
        let found = try index.search(queries.rows(0..<count), k: 10, options: options)
        contract.expect(found, exact.prefix(count, k: 10), "filter \(filter)")
      }
      let found = try index.search(queries.rows(0..<5), k: 600, options: options)
      #expect(found.ids.allSatisfy { $0 < 0 || filter.contains($0) }, "\(contract) \(filter)")
    }
  }

  @Test("a filter that contains nothing leaves nothing", arguments: ContractCase.all)
  func emptyFilters(_ contract: ContractCase) throws {
    let index = try contract.filled(ContractCase.rows(200, seed: 93))
    for filter in Self.emptyFilters {
      let options = SearchOptions(filter: filter)
      for count in [1, 30] {
        let queries = ContractCase.rows(count, seed: 94)
        #expect(
          try index.search(queries, k: 6, options: options)
            == Neighbors(empty: count, k: 6, metric: contract.metric), "\(contract) \(filter)")
        guard let searchable = contract.ranging(index) else { continue }
        let radius: Float = contract.metric.isSimilarity ? -1e30 : 1e30
        let found = try searchable.rangeSearch(queries, radius: radius, options: options)
        #expect(found.ids.isEmpty && found.queryCount == count)
      }
    }
  }
}
