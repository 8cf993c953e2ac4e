import Synchronization
package import VicinalCore
package import VicinalMessages

/// Answers searches that wait for a core together, as one batch: comparing many queries with a vector costs
/// little more than comparing one, since the vector has to be read in any case.
///
/// Nobody waits for company. A search runs at once, on the thread that brings it, while there is a core for
/// it. When all are busy it is left to one of the threads that search: that one goes on with the first
/// that waits and all others of its kind. So batches grow with the load, the threads that decode requests
/// are not kept, and one client alone is answered as if there were no others.
package final class SearchCombiner: Sendable {
  package typealias Search = (SearchRequest, _ k: Int) -> Result<Neighbors, ServiceError>
  package typealias Answer = @Sendable (Result<Neighbors, ServiceError>) -> Void

  /// Queries that a batch has at most.
  package static let largestBatch = 256

  /// What searches must have in common to be one.
  private struct Kind: Hashable {
    var k: Int
    var dimension: Int
    var parameters: [String: Double]
  }

  private struct Waiting: Sendable {
    var request: SearchRequest
    var kind: Kind
    var answer: Answer

    var count: Int { request.queries.count / request.dimension }
  }

  private struct Queue {
    var running = 0
    var waiting: [Waiting] = []
  }

  private let places: Int
  private let queue = Mutex(Queue())

  /// - Parameter places: Searches that run at once.
  package init(places: Int) { self.places = max(1, places) }

  /// Searches now and answers before it returns, or leaves that to a search that is running.
  ///
  /// What finds only some ids, or has many queries itself, is not put together with others, nor kept waiting
  /// for them.
  ///
  /// - Parameter search: Finds the k neighbours of the queries of a request, which may be those of several,
  ///   and of others than this one.
  package func submit(
    _ request: SearchRequest, k: Int, search: Search, answer: @escaping Answer
  ) {
    guard request.allowedIDs == nil, request.allowedRange == nil, request.dimension > 0,
      request.queries.count / request.dimension <= Self.largestBatch / 2
    else { return answer(search(request, k)) }
    let kind = Kind(k: k, dimension: request.dimension, parameters: request.parameters)
    let own = Waiting(request: request, kind: kind, answer: answer)
    let hasPlace = queue.withLock { queue in
      if queue.running == places {
        queue.waiting.append(own)
        return false
      }
      queue.running += 1
      return true
    }
    guard hasPlace else { return }
    run([own], search)
    while let batch = nextBatch() { run(batch, search) }
  }

  /// The first that waits with all others of its kind; without one, the place is given up.
  private func nextBatch() -> [Waiting]? {
    queue.withLock { queue in
      guard let kind = queue.waiting.first?.kind else {
        queue.running -= 1
        return nil
      }
      var batch: [Waiting] = []
      var count = 0
      queue.waiting.removeAll { waiting in
        guard waiting.kind == kind, count + waiting.count <= Self.largestBatch else { return false }
        count += waiting.count
        batch.append(waiting)
        return true
      }
      return batch
    }
  }

  private func run(_ batch: [Waiting], _ search: Search) {
    guard let first = batch.first else { return }
    let k = first.kind.k
    var all = first.request
    if batch.count > 1 {
      all.queries = []
      all.queries.reserveCapacity(batch.reduce(0) { $0 + $1.request.queries.count })
      for waiting in batch { all.queries += waiting.request.queries }
    }
    switch search(all, k) {
    case .success(let found):
      var begin = 0
      for waiting in batch {
        let places = begin..<begin + waiting.count * found.k
        begin = places.upperBound
        waiting.answer(
          .success(
            Neighbors(
              k: found.k, distances: Array(found.distances[places]), ids: Array(found.ids[places])))
        )
      }
    case .failure(let error) where batch.count == 1: first.answer(.failure(error))
    case .failure:
      // One may be the cause, and must not spoil what the others find.
      for waiting in batch { waiting.answer(search(waiting.request, k)) }
    }
  }
}
