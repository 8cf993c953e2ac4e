import VicinalCore
import VicinalMessages

/// The changes of the last minute, so that one that is sent again gets its answer again.
struct AnsweredRequests {
  /// How long an answer is kept, in seconds.
  let keptSeconds: Double

  private var requests: [AnsweredRequest]
  private var places: [[UInt8]: Int] = [:]
  /// How many went from the front; places count from the beginning of time.
  private var forgotten = 0

  init(_ requests: [AnsweredRequest] = [], keptSeconds: Double) {
    self.requests = requests
    self.keptSeconds = keptSeconds
    for (place, request) in requests.enumerated() { places[request.name] = place }
  }

  /// The requests of a store that may be sent again.
  init(of store: VectorStore, keptSeconds: Double) throws(IndexError) {
    do {
      self.init(try store.answeredRequests(), keptSeconds: keptSeconds)
    } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
  }

  mutating func append(_ request: AnsweredRequest) {
    places[request.name] = forgotten + requests.count
    requests.append(request)
  }

  mutating func forget(before oldest: Double) {
    let count = requests.prefix { $0.at < oldest }.count
    guard count > 0 else { return }
    for (offset, request) in requests[..<count].enumerated()
    where places[request.name] == forgotten + offset {
      places[request.name] = nil
    }
    requests.removeFirst(count)
    forgotten += count
  }

  /// The outcome of a request that was applied before, `nil` if it is a new one.
  ///
  /// With a `request_id` it is the same request whatever happened since, and also if it arrived
  /// before the first was answered: nobody who waits for an answer asks for something new. Else the
  /// same bytes may be meant anew: add, delete and add again. So they count as sent again only while
  /// no later change touched one of the same ids.
  ///
  /// - Throws: `invalidRequest` if the `request_id` came with other bytes.
  func outcome(
    name: [UInt8], isNamed: Bool, digest: RequestDigest, arrived: ContinuousClock.Instant,
    now: Double
  ) throws(ServiceError) -> ChangeOutcome? {
    guard let place = places[name] else { return nil }
    let found = requests[place - forgotten]
    guard found.at >= now - keptSeconds else { return nil }
    guard found.digest == digest else {
      throw ServiceError(
        .invalidRequest, "this request_id was used for another request within a minute")
    }
    if isNamed { return found.outcome }
    if let answered = found.answered, arrived <= answered { return found.outcome }
    let later = requests[(place - forgotten + 1)...]
    guard !later.isEmpty else { return found.outcome }
    guard let touched = found.touchedIDs.map(Set.init) else { return nil }
    let isTouched = later.contains { request in
      request.touchedIDs.map { $0.contains { touched.contains($0) } } ?? true
    }
    return isTouched ? nil : found.outcome
  }
}
