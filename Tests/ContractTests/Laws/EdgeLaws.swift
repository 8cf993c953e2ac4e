import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Contract: edges")
struct EdgeLaws {
  static let none = Vectors([], dimension: ContractCase.dimension)

  @Test("places beyond the vectors hold id −1 and the worst value", arguments: ContractCase.all)
  func padding(_ contract: ContractCase) throws {
    let queries = ContractCase.rows(7, seed: 30)
    for count in [1, 5, 31, 33] {
      let rows = ContractCase.rows(count, seed: 31)
      let index = try contract.filled(rows)
      for k in [count, count + 1, 100] {
        let found = try index.search(queries, k: k)
        #expect(found.k == k && found.queryCount == 7)
        #expect(disorder(found, metric: contract.metric) == nil, "\(contract)")
        for query in 0..<7 {
          #expect(found.row(query).count <= count)
          #expect(found.ids[query * k + k - 1] == (k > count ? -1 : found.ids[query * k + k - 1]))
        }
        try contract.expectSearch(index, rows, queries: queries, k: k)
      }
    }
  }

  @Test("an empty index finds nothing", arguments: ContractCase.all)
  func empty(_ contract: ContractCase) throws {
    let index = try contract.trained()
    #expect(index.count == 0)
    for k in [1, 10] {
      let found = try index.search(ContractCase.rows(3, seed: 32), k: k)
      #expect(found == Neighbors(empty: 3, k: k, metric: contract.metric), "\(contract)")
    }
    guard let searchable = contract.ranging(index) else { return }
    let found = try searchable.rangeSearch(ContractCase.rows(3, seed: 32), radius: 1)
    #expect(found.limits == [0, 0, 0, 0] && found.ids.isEmpty)
  }

  @Test("no queries have no answers, and no vectors change nothing", arguments: ContractCase.all)
  func nothing(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(50, seed: 33)
    var index = try contract.filled(rows)
    let found = try index.search(Self.none, k: 4)
    #expect(found.k == 4 && found.queryCount == 0 && found.distances.isEmpty)
    if let searchable = contract.ranging(index) {
      #expect(try searchable.rangeSearch(Self.none, radius: 1).limits == [0])
    }
    try index.add(Self.none)
    #expect(index.count == 50)
    try contract.expectSearch(index, rows)
  }

  @Test(
    "k below 1 is refused, and a k beyond all memory does not crash",
    arguments: ContractCase.all)
  func badK(_ contract: ContractCase) throws {
    let index = try contract.filled(ContractCase.rows(20, seed: 34))
    let queries = ContractCase.rows(2, seed: 35)
    for k in [0, -1, .min, .max, .max / 4] {
      let error = indexError { _ = try index.search(queries, k: k) }
      #expect(error?.code == .invalidArgument, "\(contract) k \(k)")
    }
  }

  @Test("knobs of other kinds are refused, own ones checked", arguments: ContractCase.all)
  func knobs(_ contract: ContractCase) throws {
    let index = try contract.filled(ContractCase.rows(100, seed: 36))
    let queries = ContractCase.rows(2, seed: 37)
    for knob in ContractSubject.Knob.allCases {
      func error(_ value: Int) -> IndexError? {
        indexError { _ = try index.search(queries, k: 3, options: knob.options(value)) }
      }
      if contract.subject.knobs.contains(knob) {
        for value in knob.good {
          let error = error(value)
          #expect(error == nil, "\(contract) \(knob) \(value): \(error?.message ?? "")")
        }
        for value in knob.bad {
          #expect(error(value)?.code == .invalidArgument, "\(contract) \(knob) \(value)")
        }
      } else {
        #expect(error(5)?.code == .unsupported, "\(contract) \(knob)")
      }
    }
  }

  @Test("an untrained index says so and stays as it is", arguments: ContractCase.all)
  func untrained(_ contract: ContractCase) throws {
    var index = try contract.subject.make(ContractCase.dimension, contract.metric)
    guard !index.isTrained else { return }
    let rows = ContractCase.rows(100, seed: 38)
    #expect(indexError { try index.add(rows) }?.code == .notTrained)
    #expect(indexError { _ = try index.search(rows, k: 1) }?.code == .notTrained)
    if try contract.takesIDs() {
      let error = indexError { _ = try add(rows, ids: (0..<100).map(Int64.init), to: &index) }
      #expect(error?.code == .notTrained)
    }
    if let searchable = contract.ranging(index) {
      let error = indexError { _ = try searchable.rangeSearch(rows, radius: 1) }
      #expect(error?.code == .notTrained)
    }
    #expect(index.count == 0 && !index.isTrained)
  }
}

extension ContractSubject.Knob {
  /// A search with this knob set.
  fileprivate func options(_ value: Int) -> SearchOptions {
    var options = SearchOptions()
    switch self {
    case .probes: options.probes = value
    case .efSearch: options.efSearch = value
    case .coarseEfSearch: options.coarseEfSearch = value
    case .maxCodes: options.maxCodes = value
    case .refineFactor: options.refineFactor = Float(value)
    case .hammingThreshold: options.hammingThreshold = value
    case .queryBits: options.queryBits = value
    }
    return options
  }

  /// Values that every index with this knob takes.
  fileprivate var good: [Int] {
    switch self {
    case .refineFactor: [1, 5, 1000]
    case .queryBits: [0, 1, 4, 8]
    case .hammingThreshold: [0, 5, 1_000_000]
    default: [1, 5, 1_000_000]
    }
  }

  /// Values that make no sense.
  fileprivate var bad: [Int] {
    switch self {
    case .refineFactor: [0, -3, 1001]
    case .queryBits: [-1, 9, .max]
    case .hammingThreshold: [-1]
    default: [0, -1, .min]
    }
  }
}
