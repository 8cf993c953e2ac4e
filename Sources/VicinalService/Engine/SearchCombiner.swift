import Dispatch
import Synchronization
package import VicinalCore
package import VicinalMessages

/// Answers searches that wait for a core together, as one batch: comparing many queries with a vector costs
/// little more than comparing one, since the vector has to be read in any case.
///
/// Nobody waits for company. A search runs at once while there is a core for it; those that come when all
/// are busy wait for one, and the first of them takes all others of its kind along. So batches grow with
/// the load, and one client alone is answered as before.
package final class SearchCombiner: Sendable {
  /// Queries that a batch has at most, unless one search alone has more.
  package static let largestBatch = 256

  /// What searches must have in common to be one.
  private struct Kind: Hashable {
    var k: Int
    var dimension: Int
    var parameters: [String: Double]
  }

  /// A search that waits.
  private final class Waiter: Sendable {
    enum State {
      case waiting
      /// It is to search for all of these, itself first.
      case leads([Waiter])
      case answered(Result<Neighbors, ServiceError>)
    }

    let request: SearchRequest
    let kind: Kind
    private let state = Mutex(State.waiting)
    private let news = DispatchSemaphore(value: 0)

    init(_ request: SearchRequest, _ kind: Kind) {
      self.request = request
      self.kind = kind
    }

    var count: Int { request.queries.count / request.dimension }

    func tell(_ state: State) {
      self.state.withLock { $0 = state }
      news.signal()
    }

    func wait() -> State {
      news.wait()
      return state.withLock { $0 }
    }
  }

  private struct Queue {
    var running = 0
    var waiting: [Waiter] = []
  }

  private let places: Int
  private let queue = Mutex(Queue())

  /// - Parameter places: Searches that run at once.
  package init(places: Int) { self.places = max(1, places) }

  /// Searches, perhaps together with others.
  ///
  /// - Parameter search: Searches for the queries of a request. It is called with requests of the same
  ///   kind as this one, whose queries may be those of several.
  /// - Returns: The neighbours of this request's queries.
  package func search(
    _ request: SearchRequest, k: Int,
    _ search: (SearchRequest) throws(ServiceError) -> Neighbors
  ) throws(ServiceError) -> Neighbors {
    guard request.allowedIDs == nil, request.allowedRange == nil, request.dimension > 0,
      request.queries.count / request.dimension <= Self.largestBatch / 2
    else { return try search(request) }
    let own = Waiter(
      request, Kind(k: k, dimension: request.dimension, parameters: request.parameters))
    let isFirst = queue.withLock { queue in
      if queue.running < places {
        queue.running += 1
        return true
      }
      queue.waiting.append(own)
      return false
    }
    if isFirst {
      defer { passOn() }
      return try search(request)
    }
    switch own.wait() {
    case .answered(let outcome): return try outcome.get()
    case .waiting: throw ServiceError(.internal, "a search was not answered")
    case .leads(let batch):
      defer { passOn() }
      guard batch.count > 1 else { return try search(request) }
      return try lead(batch, search)
    }
  }

  /// Gives the place of a search that has ended to those that wait, or up.
  private func passOn() {
    let batch = queue.withLock { queue in
      guard let first = queue.waiting.first else {
        queue.running -= 1
        return [Waiter]()
      }
      var batch: [Waiter] = []
      var count = 0
      queue.waiting.removeAll { waiter in
        guard waiter.kind == first.kind, count + waiter.count <= Self.largestBatch else {
          return false
        }
        count += waiter.count
        batch.append(waiter)
        return true
      }
      return batch
    }
    batch.first?.tell(.leads(batch))
  }

  /// Searches for all of a batch, and answers the others.
  private func lead(
    _ batch: [Waiter], _ search: (SearchRequest) throws(ServiceError) -> Neighbors
  ) throws(ServiceError) -> Neighbors {
    var all = batch[0].request
    all.queries.reserveCapacity(batch.reduce(0) { $0 + $1.request.queries.count })
    for waiter in batch.dropFirst() { all.queries += waiter.request.queries }
    var outcomes: [Result<Neighbors, ServiceError>] = []
    do throws(ServiceError) {
      let found = try search(all)
      var first = 0
      for waiter in batch {
        let places = first * found.k..<(first + waiter.count) * found.k
        outcomes.append(
          .success(
            Neighbors(
              k: found.k, distances: Array(found.distances[places]), ids: Array(found.ids[places])))
        )
        first += waiter.count
      }
    } catch {
      // One may be the cause, and must not spoil what the others find.
      outcomes = batch.map { waiter in Result { () throws(ServiceError) in try search(waiter.request) } }
    }
    for (waiter, outcome) in zip(batch, outcomes).dropFirst() { waiter.tell(.answered(outcome)) }
    return try outcomes[0].get()
  }
}
