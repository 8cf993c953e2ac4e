import Synchronization
package import VicinalCore
package import VicinalMessages

/// Lets as many searches run at once as there are processors, and answers those that wait together, as one
/// batch: comparing many queries with a vector costs little more than comparing one, since the vector has
/// to be read in any case.
///
/// Nobody waits for company. A search runs at once, on the thread that brings it, while there is a place for
/// it. When all are taken it is left to one of the threads that search: that one goes on with the first
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
    var k: Int
    /// `nil` for what is not put together with others.
    var kind: Kind?
    /// A search of many queries, which must leave a place to others.
    var isLarge: Bool
    var answer: Answer

    var count: Int { request.queries.count / request.dimension }
    var bytes: Int { 4 * request.queries.count + 8 * (request.allowedIDs?.count ?? 0) }
  }

  private struct Queue {
    var running = 0
    var runningLarge = 0
    var waiting: [Waiting] = []
    var bytes = 0
  }

  private let places: Int
  private let largePlaces: Int
  private let mostBytes: Int
  private let queue = Mutex(Queue())

  /// - Parameters:
  ///   - places: Searches that run at once.
  ///   - mostBytes: Bytes of the searches that wait; those beyond are answered `busy`.
  package init(places: Int, mostBytes: Int) {
    self.places = max(1, places)
    largePlaces = max(1, places - 1)
    self.mostBytes = mostBytes
  }

  /// Searches now and answers before it returns, or leaves that to a search that is running.
  ///
  /// What finds only some ids, or has many queries itself, is not put together with others.
  ///
  /// - Parameter search: Finds the k neighbours of the queries of a request, which may be those of several,
  ///   and of others than this one.
  package func submit(
    _ request: SearchRequest, k: Int, search: Search, answer: @escaping Answer
  ) {
    let own = waiting(request, k, answer)
    let start = queue.withLock { queue -> Start in
      if queue.running < places, !own.isLarge || queue.runningLarge < largePlaces {
        queue.running += 1
        if own.isLarge { queue.runningLarge += 1 }
        return .now
      }
      guard queue.bytes + own.bytes <= mostBytes else { return .never }
      queue.bytes += own.bytes
      queue.waiting.append(own)
      return .later
    }
    switch start {
    case .later: return
    case .never:
      return answer(.failure(ServiceError(.busy, "too many searches are waiting; try again")))
    case .now:
      var batch = [own]
      while !batch.isEmpty {
        run(batch, search)
        batch = nextBatch(after: batch)
      }
    }
  }

  private enum Start { case now, later, never }

  private func waiting(
    _ request: SearchRequest, _ k: Int, _ answer: @escaping Answer
  ) -> Waiting {
    let isLarge = request.queries.count / max(1, request.dimension) > Self.largestBatch / 2
    let isAlone = isLarge || request.allowedIDs != nil || request.allowedRange != nil
    let kind = Kind(k: k, dimension: request.dimension, parameters: request.parameters)
    return Waiting(
      request: request, k: k, kind: isAlone ? nil : kind, isLarge: isLarge, answer: answer)
  }

  /// The first that waits and may run, with all others of its kind; without one, the place is given up.
  private func nextBatch(after done: [Waiting]) -> [Waiting] {
    queue.withLock { queue in
      if done.first?.isLarge == true { queue.runningLarge -= 1 }
      let hasRoom = queue.runningLarge < largePlaces
      guard let place = queue.waiting.firstIndex(where: { !$0.isLarge || hasRoom }) else {
        queue.running -= 1
        return []
      }
      var batch = [queue.waiting.remove(at: place)]
      if batch[0].isLarge { queue.runningLarge += 1 }
      if let kind = batch[0].kind {
        var count = batch[0].count
        queue.waiting.removeAll { waiting in
          guard waiting.kind == kind, count + waiting.count <= Self.largestBatch else {
            return false
          }
          count += waiting.count
          batch.append(waiting)
          return true
        }
      }
      queue.bytes -= batch.reduce(0) { $0 + $1.bytes }
      return batch
    }
  }

  private func run(_ batch: [Waiting], _ search: Search) {
    guard let first = batch.first else { return }
    var all = first.request
    if batch.count > 1 {
      all.queries = []
      all.queries.reserveCapacity(batch.reduce(0) { $0 + $1.request.queries.count })
      for waiting in batch { all.queries += waiting.request.queries }
    }
    switch search(all, first.k) {
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
      for waiting in batch { waiting.answer(search(waiting.request, waiting.k)) }
    }
  }
}
