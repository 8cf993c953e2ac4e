import Foundation
import Logging
import Synchronization
import Testing
import VicinalCore
import VicinalMessages
import VicinalService
import VicinalTestSupport

/// An engine in a folder of its own, and the slow truth beside it.
struct EngineModel {
  let engine: SearchEngine
  var vectors: [Int64: [Float]] = [:]

  init(
    _ folder: ScratchFolder, metric: ServiceMetric = .l2, policy: MergePolicy = MergePolicy()
  ) throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    engine = try SearchEngine(
      folder: folder.url.path, metric: metric, durability: .none, logger: logger, policy: policy,
      // Tests may take long where others run beside them.
      keptSeconds: 3_600)
  }

  func submit(
    _ change: ChangeRequest, id: String? = nil
  ) async -> Result<ChangeOutcome, ServiceError> {
    await engine.answer(to: change, id: id)
  }

  /// Compares a search with all distances computed one by one.
  func check(
    _ query: [Float], k: Int, _ comment: String, allowedIDs: [Int64]? = nil,
    allowedRange: ClosedRange<Int64>? = nil, parameters: [String: Double] = [:]
  ) throws {
    var request = SearchRequest(queries: query, dimension: query.count)
    request.allowedIDs = allowedIDs
    request.allowedRange = allowedRange
    request.parameters = parameters
    let found = try engine.search(request, k: k)
    let truth = vectors.filter { id, _ in
      allowedIDs?.contains(id) ?? true && allowedRange?.contains(id) ?? true
    }.mapValues { vector in
      zip(vector, query).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    let expected = truth.values.sorted().prefix(k)
    // Negative ids are ids; only -1 is none.
    let row = zip(found.ids, found.distances).filter { $0.0 != -1 }
      .map { (id: $0.0, distance: $0.1) }
    #expect(row.map(\.distance) == Array(expected), "\(comment)")
    #expect(Set(row.map(\.id)).count == row.count, "\(comment)")
    for (id, distance) in row { #expect(truth[id] == distance, "\(comment): id \(id)") }
    for (a, b) in zip(row, row.dropFirst()) where a.distance == b.distance {
      #expect(a.id < b.id, "\(comment): equal distances are ordered by id")
    }
    #expect(found.ids.count == k)
  }

  /// Waits until merges have ended.
  func waitForMerges(_ count: Int) async throws {
    for _ in 0..<6000 {
      let status = engine.mergeStatus
      if status.running == nil, status.finished >= count || status.lastError != nil { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("merges took more than a minute")
  }
}

/// Random changes of a model, as a service gets them.
struct RandomChanges {
  var random: SplitMix64

  /// Small whole numbers, whose distances are exact in any order of the sums.
  mutating func vector() -> [Float] { (0..<4).map { _ in Float(random.next() % 17) } }

  /// A change, and the vectors after it; `nil` for a creation without vectors.
  ///
  /// - Parameter creations: One in so many changes forgets everything.
  mutating func next(
    after vectors: [Int64: [Float]], creations: UInt64 = 40, most: UInt64 = 12
  ) -> (change: ChangeRequest, after: [Int64: [Float]])? {
    var change = ChangeRequest()
    var after = vectors
    change.isCreation = after.isEmpty || random.next() % creations == 0
    if change.isCreation { after = [:] }
    if !change.isCreation {
      for id in after.keys.sorted() where random.next() % 16 == 0 {
        change.deleted.append(id)
        after[id] = nil
      }
      if random.next() % 4 == 0 { change.deleted.append(-77) }
      for id in after.keys.sorted() where random.next() % 8 == 0 {
        let values = vector()
        change.updated.ids.append(id)
        change.updated.vectors += values
        change.updated.dimension = 4
        after[id] = values
      }
    }
    for _ in 0..<(random.next() % most + (change.isCreation ? 40 : 0)) {
      // A deleted id may come back in the same request.
      let id = Int64(random.next() % 400) - 200
      guard id != -1, id != -77, after[id] == nil else { continue }
      let values = vector()
      change.added.ids.append(id)
      change.added.vectors += values
      change.added.dimension = 4
      after[id] = values
    }
    if change.isCreation, change.added.ids.isEmpty { return nil }
    return (change, after)
  }
}

extension SearchEngine {
  /// Submits a change and waits for its answer. Without an id it is a new one each time.
  func answer(
    to change: ChangeRequest, id: String? = nil, bytes: [UInt8]? = nil
  ) async -> Result<ChangeOutcome, ServiceError> {
    let text = bytes ?? Array((id ?? UUID().uuidString).utf8)
    return await withCheckedContinuation { continuation in
      submit(change, id: id, digest: RequestDigest(of: [text])) {
        continuation.resume(returning: $0)
      }
    }
  }
}

func items(_ ids: [Int64], dimension: Int = 2) -> VectorItems {
  VectorItems(
    ids: ids, vectors: ids.flatMap { [Float](repeating: Float($0), count: dimension) },
    dimension: dimension)
}

func change(
  create: [Int64] = [], add: [Int64] = [], update: [Int64] = [], delete: [Int64] = [],
  dimension: Int = 2
) -> ChangeRequest {
  var change = ChangeRequest()
  change.isCreation = !create.isEmpty
  if !create.isEmpty { change.added = items(create, dimension: dimension) }
  if !add.isEmpty { change.added = items(add, dimension: dimension) }
  if !update.isEmpty { change.updated = items(update, dimension: dimension) }
  change.deleted = delete
  return change
}

/// What searches saw while changes came.
final class Watch: Sendable {
  let isDone = Atomic<Bool>(false)
  let counts = Mutex<[Int]>([])
}
