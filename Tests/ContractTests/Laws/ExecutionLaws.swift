import Synchronization
import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Contract: execution")
struct ExecutionLaws {
  @Test("the number of threads changes nothing", arguments: ContractCase.all)
  func workers(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(700, seed: 100) + ContractCase.rows(100, seed: 101, .integers)
    let queries = ContractCase.rows(70, seed: 102) + ContractCase.rows(5, seed: 103, .integers)
    var results: [Int: (Neighbors, Neighbors, RangeNeighbors?)] = [:]
    for workers in [1, 2, 3, 8, .max] {
      let execution = Execution(workers: workers)
      let index = try contract.filled(rows, execution: execution)
      let options = SearchOptions(execution: execution)
      let many = try index.search(queries, k: 12, options: options)
      let one = try index.search(queries.rows(0..<1), k: 12, options: options)
      let radius = many.distances[5]
      let range = try contract.ranging(index)?.rangeSearch(
        queries, radius: radius, options: options)
      results[workers] = (many, one, range)
      #expect(many == results[1]?.0, "\(contract) \(workers) workers, \(rows)")
      #expect(one == results[1]?.1, "\(contract) \(workers) workers, one query, \(rows)")
      #expect(range == results[1]?.2, "\(contract) \(workers) workers, range, \(rows)")
      #expect(Array(many.ids[..<12]) == one.ids, "\(contract): one query alone finds others")
    }
  }

  @Test("the instruction set changes nothing but the last bits", arguments: ContractCase.all)
  func levels(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(600, seed: 104)
    let queries = ContractCase.rows(30, seed: 105)
    for level in printingSkips(KernelSet.available) {
      let execution = Execution(kernels: level)
      let trained = try contract.trained(execution: execution)
      var index = trained
      try index.add(rows, execution: execution)
      let found = try index.search(
        queries, k: 10, options: SearchOptions(execution: execution))
      contract.expect(
        found, rows, queries, k: 10, trained: trained, execution: execution, "\(level)")
      // An index built on one machine may be searched on another.
      let mixed = try contract.filled(rows).search(
        queries, k: 10, options: SearchOptions(execution: execution))
      contract.expect(mixed, rows, queries, k: 10, "built by default, searched with \(level)")
    }
  }

  @Test("a level that the processor lacks is refused", arguments: ContractCase.all)
  func missingLevels(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(40, seed: 106)
    let index = try contract.filled(rows)
    for level in KernelLevel.allCases where !KernelSet.available.contains(level) {
      let options = SearchOptions(execution: Execution(kernels: level))
      #expect(
        indexError { _ = try index.search(rows, k: 1, options: options) }?.code == .unsupported)
      var changed = index
      let error = indexError { try changed.add(rows, execution: options.execution) }
      #expect(error?.code == .unsupported && changed.count == 40, "\(contract) \(level)")
    }
  }

  /// Asks to stop from the n-th question on.
  private final class Stopper: Sendable {
    private let left: Atomic<Int>

    init(after questions: Int) { left = Atomic(questions) }

    var execution: Execution {
      Execution(
        workers: 2, isCancelled: { self.left.subtract(1, ordering: .relaxed).oldValue <= 0 })
    }
  }

  @Test("a cancelled search ends with an error", arguments: ContractCase.all)
  func cancelledSearch(_ contract: ContractCase) throws {
    let index = try contract.filled(ContractCase.rows(500, seed: 107))
    let queries = ContractCase.rows(60, seed: 108)
    let expected = try index.search(queries, k: 4)
    for questions in [0, 1, 2, 5, 1_000_000] {
      let options = SearchOptions(execution: Stopper(after: questions).execution)
      let error = indexError {
        let found = try index.search(queries, k: 4, options: options)
        #expect(found == expected, "\(contract): cancelled half-way without an error")
      }
      if questions == 0 { #expect(error?.code == .cancelled, "\(contract)") }
      if questions == 1_000_000 { #expect(error == nil) }
      #expect(error == nil || error?.code == .cancelled)
    }
  }

  @Test("cancelled adding leaves the index as it was", arguments: ContractCase.all)
  func cancelledAdd(_ contract: ContractCase) throws {
    let rows = ContractCase.rows(300, seed: 109)
    let more = ContractCase.rows(400, seed: 110)
    let queries = ContractCase.rows(20, seed: 111)
    for questions in [0, 1, 2, 5, 20, 60] {
      var index = try contract.filled(rows)
      let before = try index.search(queries, k: 10)
      let error = indexError {
        try index.add(more, execution: Stopper(after: questions).execution)
      }
      guard let error else {
        #expect(index.count == 700 && questions > 0, "\(contract) after \(questions)")
        try contract.expectSearch(index, rows + more)
        continue
      }
      #expect(error.code == .cancelled && index.count == 300, "\(contract) after \(questions)")
      #expect(try index.search(queries, k: 10) == before, "\(contract) after \(questions)")
      try index.add(more)
      try contract.expectSearch(index, rows + more, "added after a cancelled try")
    }
  }

  @Test("cancelled training leaves the index untrained", arguments: ContractCase.all)
  func cancelledTraining(_ contract: ContractCase) throws {
    let sample = ContractCase.rows(800, seed: 1)
    for questions in [0, 1, 3, 10] {
      var index = try contract.subject.make(ContractCase.dimension, contract.metric)
      guard !index.isTrained else { return }
      let error = indexError {
        try index.train(on: sample, execution: Stopper(after: questions).execution)
      }
      if questions == 0 { #expect(error != nil, "\(contract)") }
      guard let error else { continue }
      #expect(error.code == .cancelled && !index.isTrained, "\(contract) after \(questions)")
      try index.train(on: sample)
      #expect(index.isTrained)
    }
  }
}
