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
    let combiner = SearchCombiner(places: places, mostBytes: 1 << 20)
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

  @Test("Searches with a filter are not joined; many queries leave a place; what waits is bounded")
  func notJoined() throws {
    let combiner = SearchCombiner(places: 2, mostBytes: 10_000)
    let rows = Mutex<[Int]>([])
    let answers = Mutex<[String]>([])
    func submit(_ name: String, _ request: SearchRequest, _ search: @escaping SearchCombiner.Search)
    {
      combiner.submit(request, k: 1, search: search) { found in
        let count = (try? found.get())?.ids.count
        answers.withLock { $0.append(name + (count.map { " \($0)" } ?? " refused")) }
      }
    }
    func plain(_ request: SearchRequest, _ k: Int) -> Result<Neighbors, ServiceError> {
      rows.withLock { $0.append(request.queries.count / 3) }
      return Oracle(seconds: 0).outcome(request, k)
    }
    // Both places are taken by these two; what is submitted meanwhile waits.
    submit("large", many(200)) { request, k in
      guard request.queries.count == 600 else { return plain(request, k) }
      submit("second large", self.many(150), plain)
      let isUnanswered = answers.withLock { $0.isEmpty }
      #expect(isUnanswered, "one large search leaves a place")
      submit("small", self.one(3)) { request, k in
        guard rows.withLock(\.isEmpty) else { return plain(request, k) }
        submit("a", self.one(4), plain)
        submit("filtered", self.one(5, isFiltered: true), plain)
        submit("b", self.one(6), plain)
        submit("too much", self.many(1000), plain)
        return plain(request, k)
      }
      return plain(request, k)
    }
    #expect(
      answers.withLock { $0 } == [
        "too much refused", "small 1", "a 1", "b 1", "filtered 1", "large 200", "second large 150",
      ])
    #expect(rows.withLock { $0 } == [1, 2, 1, 200, 150])
  }

  private func one(_ first: Float, isFiltered: Bool = false) -> SearchRequest {
    var request = SearchRequest(queries: [first, 1, 0], dimension: 3)
    if isFiltered { request.allowedRange = 0...5 }
    return request
  }

  private func many(_ rows: Int) -> SearchRequest {
    SearchRequest(queries: (0..<rows).flatMap { _ in [7, 1, 0] as [Float] }, dimension: 3)
  }
}
