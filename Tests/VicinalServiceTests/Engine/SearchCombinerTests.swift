import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalMessages
import VicinalService

@Suite("Searches that wait for a core together")
struct SearchCombinerTests {
  /// Finds the first number of each query, k times, and counts what it is asked.
  private final class Oracle: Sendable {
    struct Counts {
      var calls = 0
      var running = 0
      var mostRunning = 0
      var largest = 0
      var mixed = false
    }

    let counts = Mutex(Counts())
    let seconds: Double
    /// A query that nobody can answer.
    let bad: Float?

    init(seconds: Double, bad: Float? = nil) {
      self.seconds = seconds
      self.bad = bad
    }

    func outcome(_ request: SearchRequest, _ k: Int) -> Result<Neighbors, ServiceError> {
      Result { () throws(ServiceError) in try search(request, k: k) }
    }

    private func search(_ request: SearchRequest, k: Int) throws(ServiceError) -> Neighbors {
      let rows = request.queries.count / request.dimension
      let firsts = (0..<rows).map { request.queries[$0 * request.dimension] }
      counts.withLock { counts in
        counts.calls += 1
        counts.running += 1
        counts.mostRunning = max(counts.mostRunning, counts.running)
        counts.largest = max(counts.largest, rows)
        // Queries of a kind say which they are by their second number.
        let kinds = Set((0..<rows).map { request.queries[$0 * request.dimension + 1] })
        counts.mixed = counts.mixed || kinds != [Float(k)]
      }
      Thread.sleep(forTimeInterval: seconds)
      counts.withLock { $0.running -= 1 }
      if let bad, firsts.contains(bad) { throw ServiceError(.notFinite, "\(bad)") }
      return Neighbors(
        k: k, distances: firsts.flatMap { Array(repeating: -$0, count: k) },
        ids: firsts.flatMap { Array(repeating: Int64($0), count: k) })
    }
  }

  /// Searches of some threads at once: how many got what they asked for, and how many an error.
  private func run(
    _ oracle: Oracle, threads: Int, searches: Int, places: Int = 2
  ) async -> (right: Int, failed: Int) {
    let combiner = SearchCombiner(places: places)
    let outcome = Mutex((right: 0, failed: 0))
    let group = DispatchGroup()
    for thread in 0..<threads {
      group.enter()
      Thread.detachNewThread {
        for number in 0..<searches {
          let (k, rows) = (1 + (thread + number) % 2, 1 + number % 3)
          let values = (0..<rows).map { Float(1000 * thread + 10 * number + $0) }
          let request = SearchRequest(
            queries: values.flatMap { [$0, Float(k), 0] }, dimension: 3, k: k)
          let wanted = values.flatMap { Array(repeating: Int64($0), count: k) }
          let isAnswered = DispatchSemaphore(value: 0)
          combiner.submit(request, k: k, search: oracle.outcome) { found in
            outcome.withLock { outcome in
              switch found {
              case .success(let found): if found.ids == wanted, found.k == k { outcome.right += 1 }
              case .failure: outcome.failed += 1
              }
            }
            isAnswered.signal()
          }
          isAnswered.wait()
        }
        group.leave()
      }
    }
    await withCheckedContinuation { done in
      group.notify(queue: .global()) { done.resume() }
    }
    return outcome.withLock { $0 }
  }

  @Test("Each gets its own answer, at most so many run at once, and waiting ones become batches")
  func batches() async {
    let oracle = Oracle(seconds: 0.002)
    let outcome = await run(oracle, threads: 16, searches: 25)
    #expect(outcome.right == 400 && outcome.failed == 0)
    let counts = oracle.counts.withLock { $0 }
    #expect(counts.mostRunning <= 2)
    #expect(!counts.mixed, "a batch has one k")
    #expect(counts.largest >= 6 && counts.calls < 200, "\(counts)")
  }

  @Test("One client alone is never kept waiting, nor joined")
  func alone() async {
    let oracle = Oracle(seconds: 0)
    let outcome = await run(oracle, threads: 1, searches: 50)
    #expect(outcome.right == 50)
    let counts = oracle.counts.withLock { $0 }
    #expect(counts.calls == 50 && counts.largest == 3)
  }

  @Test("A search that fails does not spoil those that were joined with it")
  func failures() async {
    let oracle = Oracle(seconds: 0.002, bad: 3010)
    let outcome = await run(oracle, threads: 12, searches: 10, places: 1)
    #expect(outcome.right == 119 && outcome.failed == 1)
  }

  @Test("Searches with a filter, or of many queries, are done alone and at once")
  func notJoined() {
    let many = SearchRequest(
      queries: Array(repeating: 1, count: 3 * SearchCombiner.largestBatch), dimension: 3)
    var filtered = SearchRequest(queries: [1, 1, 0], dimension: 3)
    filtered.allowedRange = 0...5
    let others = [many, filtered]
    let oracle = Oracle(seconds: 0)
    let combiner = SearchCombiner(places: 1)
    let counts = Mutex<[Int]>([])
    // From within the search that has the only place: they would be left to it otherwise.
    func nested(_ request: SearchRequest, _ k: Int) -> Result<Neighbors, ServiceError> {
      for other in others {
        combiner.submit(other, k: 1, search: oracle.outcome) { found in
          counts.withLock { $0.append((try? found.get())?.ids.count ?? 0) }
        }
      }
      #expect(counts.withLock { $0 } == others.map { $0.queries.count / 3 })
      return oracle.outcome(request, k)
    }
    combiner.submit(SearchRequest(queries: [7, 1, 0], dimension: 3), k: 1, search: nested) {
      #expect((try? $0.get())?.ids == [7])
    }
    #expect(counts.withLock(\.count) == 2)
  }
}
