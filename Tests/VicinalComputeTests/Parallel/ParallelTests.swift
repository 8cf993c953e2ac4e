import Synchronization
import Testing
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Parallel work")
struct ParallelTests {
  @Test("results come in order, each index runs once", arguments: [1, 2, 3, 8, 100])
  func order(workers: Int) throws {
    for count in [0, 1, 2, 7, 1000] {
      let calls = Atomic<Int>(0)
      let results = try parallelMap(count, workers: workers) { index throws(IndexError) in
        calls.add(1, ordering: .relaxed)
        return index * index
      }
      #expect(results == (0..<count).map { $0 * $0 })
      #expect(calls.load(ordering: .relaxed) == count)
    }
  }

  @Test("any number of workers is brought into a range in which nothing overflows")
  func workerCount() {
    for (asked, taken) in [(Int.min, 1), (-1, 1), (0, 1), (3, 3), (1024, 1024), (.max, 1024)] {
      #expect(Execution(workers: asked).workerCount == taken)
    }
    #expect((1...1024).contains(Execution().workerCount))
  }

  @Test("the first error in index order is thrown", arguments: [1, 2, 8])
  func errors(workers: Int) {
    for _ in 0..<50 {
      let error = #expect(throws: IndexError.self) {
        try parallelMap(200, workers: workers) { index throws(IndexError) in
          if index >= 20 { throw IndexError(.invalidArgument, "\(index)") }
          return index
        }
      }
      // Index 20 is handed out before all others that fail.
      #expect(error?.message == "20")
    }
  }

  @Test(
    "elements are changed in place, and an error leaves the others valid",
    arguments: [1, 2, 8])
  func update(workers: Int) throws {
    var values = (0..<500).map { [$0] }
    try parallelUpdate(&values, workers: workers) { index, value in value.append(index * 2) }
    #expect(values == (0..<500).map { [$0, $0 * 2] })
    let error = indexError { () throws(IndexError) in
      try parallelUpdate(&values, workers: workers) { index, value throws(IndexError) in
        if index == 77 { throw IndexError(.notFound, "77") }
        value = [index]
      }
    }
    #expect(error?.message == "77")
    #expect(values.indices.allSatisfy { values[$0] == [$0] || values[$0] == [$0, $0 * 2] })
  }

  private func indexError(_ body: () throws(IndexError) -> Void) -> IndexError? {
    do throws(IndexError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("even ranges cover everything once and differ by at most one")
  func ranges() {
    for count in 0...40 {
      for parts in 0...9 {
        for minimum in 0...5 {
          let ranges = evenRanges(count, parts: parts, minimum: minimum)
          #expect(ranges.flatMap { Array($0) } == Array(0..<count))
          let sizes = ranges.map(\.count)
          #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
          #expect(ranges.count <= max(1, parts))
          if ranges.count > 1 { #expect((sizes.min() ?? 0) >= minimum) }
        }
      }
    }
  }

  @Test("grouping keeps the order inside groups")
  func grouping() {
    var generator = SplitMix64(seed: 71)
    for count in [0, 1, 300] {
      let keys = (0..<count).map { _ in Int64(generator.integer(below: 7)) }
      let (order, starts) = grouped(keys, groups: 8)
      #expect(starts.count == 9 && starts.first == 0 && starts.last == count)
      for group in 0..<8 {
        let expected = keys.indices.filter { keys[$0] == Int64(group) }.map(Int32.init)
        #expect(Array(order[starts[group]..<starts[group + 1]]) == expected)
      }
    }
  }
}
