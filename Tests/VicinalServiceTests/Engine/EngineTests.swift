import Foundation
import Logging
import Synchronization
import Testing
import VicinalCore
import VicinalMessages
import VicinalService
import VicinalTestSupport

@Suite("The engine of the service")
struct EngineTests {
  /// Small whole numbers, whose distances are exact in any order of the sums.
  private func vector(_ random: inout SplitMix64) -> [Float] {
    (0..<4).map { _ in Float(random.next() % 17) }
  }

  @Test(
    "random changes and searches agree with a brute-force model, also after opening again",
    arguments: [1, 2, 3])
  func model(seed: UInt64) async throws {
    let folder = try ScratchFolder()
    var random = SplitMix64(seed: seed)
    var model = try EngineModel(folder)
    for step in 0..<figure("RANDOM_CHANGES", 120) {
      let comment = "seed \(seed), step \(step)"
      var change = ChangeRequest()
      var after = model.vectors
      change.isCreation = after.isEmpty || random.next() % 40 == 0
      if change.isCreation { after = [:] }
      var used = Set<Int64>()
      if !change.isCreation {
        for id in after.keys.sorted() where random.next() % 8 == 0 {
          change.deleted.append(id)
          after[id] = nil
          used.insert(id)
        }
        if random.next() % 4 == 0 { change.deleted.append(-77) }
        for id in after.keys.sorted() where random.next() % 8 == 0 {
          let values = vector(&random)
          change.updated.ids.append(id)
          change.updated.vectors += values
          change.updated.dimension = 4
          after[id] = values
          used.insert(id)
        }
      }
      for _ in 0..<(random.next() % 12 + (change.isCreation ? 1 : 0)) {
        // A deleted id may come back in the same request.
        let id = Int64(random.next() % 200) - 100
        guard id != -1, id != -77, after[id] == nil else { continue }
        let values = vector(&random)
        change.added.ids.append(id)
        change.added.vectors += values
        change.added.dimension = 4
        after[id] = values
      }
      guard !change.isCreation || !change.added.ids.isEmpty else { continue }
      let outcome = try await model.submit(change).get()
      #expect(outcome.added == change.added.ids.count, "\(comment)")
      #expect(outcome.updated == change.updated.ids.count, "\(comment)")
      #expect(
        outcome.deleted == change.deleted.filter { $0 != -77 }.count, "\(comment)")
      model.vectors = after
      #expect(model.engine.version?.count == after.count, "\(comment)")
      try model.check(vector(&random), k: 5, comment)
      if step % 30 == 29 {
        model.engine.close()
        let known = model.vectors
        model = try EngineModel(folder)
        model.vectors = known
        #expect(model.engine.version?.sequence == outcome.sequence, "\(comment)")
        try model.check(vector(&random), k: 300, "\(comment), opened again")
      }
    }
    model.engine.close()
  }

  @Test("what is refused leaves nothing of itself behind")
  func refusals() async throws {
    let folder = try ScratchFolder()
    let model = try EngineModel(folder)
    func code(_ change: ChangeRequest) async -> ServiceError.Code? {
      guard case .failure(let error) = await model.submit(change) else { return nil }
      return error.code
    }
    #expect(await code(change(update: [1])) == .noIndex)
    #expect(throws: ServiceError.self) {
      try model.engine.search(SearchRequest(queries: [1, 1], dimension: 2), k: 1)
    }
    #expect(await code(change(create: [1, 2, 3])) == nil)
    #expect(await code(change(add: [4, 2], delete: [1])) == .duplicateID)
    #expect(await code(change(add: [4], update: [9], delete: [1])) == .unknownID)
    #expect(await code(change(add: [4], delete: [1], dimension: 3)) == .dimensionMismatch)
    #expect(model.engine.version?.sequence == 1)
    #expect(model.engine.version?.count == 3)
    #expect(try model.engine.store.vectors([1, 4]).map { $0 != nil } == [true, false])
    #expect(await code(change(add: [2], delete: [2, 2, 7])) == nil)
    #expect(await code(change(create: [5], dimension: 3)) == nil)
    #expect(model.engine.version?.dimension == 3)
    #expect(try model.engine.store.vectors([1, 5]).map { $0 != nil } == [false, true])
    model.engine.close()
    #expect(await code(change(add: [6], dimension: 3)) == .shuttingDown)
  }

  @Test("a request that is sent again is applied once, also after opening again")
  func resending() async throws {
    let folder = try ScratchFolder()
    var model = try EngineModel(folder)
    let first = try await model.submit(change(create: [1]), id: "a").get()
    #expect(try await model.submit(change(create: [1]), id: "a").get() == first)
    let added = try await model.submit(change(add: [2]), id: "b").get()
    model.engine.close()
    model = try EngineModel(folder)
    #expect(try await model.submit(change(add: [2]), id: "b").get() == added)
    #expect(model.engine.version?.sequence == 2)
    // The same request_id with other bytes is a mistake.
    let answer = await model.engine.answer(to: change(add: [3]), id: "b", bytes: [9])
    #expect(throws: ServiceError.self) { try answer.get() }
    // Without a request_id, add and delete may be meant again and again.
    let engine = model.engine
    func plain(_ change: ChangeRequest, _ byte: UInt8) async throws -> ChangeOutcome {
      try await engine.answer(to: change, bytes: [byte]).get()
    }
    let once = try await plain(change(add: [5]), 1)
    #expect(try await plain(change(add: [5]), 1) == once)
    _ = try await plain(change(add: [6]), 2)
    #expect(try await plain(change(add: [5]), 1) == once, "another id was changed since")
    let gone = try await plain(change(delete: [5]), 3)
    #expect(gone.deleted == 1)
    #expect(try await plain(change(add: [5]), 1) != once, "the id was deleted since")
    #expect(try await plain(change(delete: [5]), 3).deleted == 1)
    #expect(model.engine.version?.count == 3)
    model.engine.close()
  }

  @Test("what arrived before the first was answered is the same request, whatever came between")
  func resendingWhileRunning() async throws {
    let folder = try ScratchFolder()
    let engine = try EngineModel(folder).engine
    func send(_ change: ChangeRequest, _ byte: UInt8, arrived: ContinuousClock.Instant) async throws
      -> ChangeOutcome
    {
      let answer = await withCheckedContinuation { continuation in
        engine.submit(change, id: nil, digest: RequestDigest(of: [[byte]]), arrived: arrived) {
          continuation.resume(returning: $0)
        }
      }
      return try answer.get()
    }
    let before = ContinuousClock.now
    let created = try await send(change(create: [1]), 1, arrived: before)
    _ = try await send(change(add: [2]), 2, arrived: before)
    #expect(try await send(change(create: [1]), 1, arrived: before) == created)
    #expect(engine.version?.count == 2)
    let later = ContinuousClock.now
    #expect(try await send(change(create: [1]), 1, arrived: later).sequence == 3)
    #expect(engine.version?.count == 1)
    engine.close()
  }

  @Test("deletions before the first vector, and searches after the last")
  func nothingThere() async throws {
    let folder = try ScratchFolder()
    var engine = try EngineModel(folder).engine
    #expect(try await engine.answer(to: change(delete: [4])).get().missing == 1)
    #expect(engine.version == nil)
    engine.close()
    engine = try EngineModel(folder).engine
    #expect(try await engine.answer(to: change(add: [4, 5], dimension: 3)).get().sequence == 2)
    #expect(try await engine.answer(to: change(delete: [5, 4])).get().deleted == 2)
    let found = try engine.search(SearchRequest(queries: [1, 2, 3], dimension: 3), k: 2)
    #expect(found.ids == [-1, -1])
    #expect(found.distances == [.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    engine.close()
    engine = try EngineModel(folder).engine
    #expect(engine.version?.sequence == 3)
    #expect(try await engine.answer(to: change(add: [4], dimension: 3)).get().sequence == 4)
    engine.close()
  }

  @Test("a folder has one owner")
  func ownership() throws {
    let folder = try ScratchFolder()
    let model = try EngineModel(folder)
    #expect(throws: IndexError.self) { try EngineModel(folder) }
    model.engine.close()
  }

  @Test("searches go on while changes come, and each sees whole changes only")
  func concurrency() async throws {
    let folder = try ScratchFolder()
    let engine = try EngineModel(folder).engine
    _ = try await engine.answer(to: change(create: [0])).get()
    let watch = Watch()
    try await withThrowingTaskGroup { group in
      group.addTask {
        // The bytes of a pair are added or deleted together.
        for round in 0..<100 {
          let pair = [Int64(2 * round + 1), Int64(2 * round + 2)]
          _ = try await engine.answer(to: change(add: pair)).get()
          if round % 2 == 1 { _ = try await engine.answer(to: change(delete: pair)).get() }
        }
        watch.isDone.store(true, ordering: .releasing)
      }
      for _ in 0..<3 {
        group.addTask {
          while !watch.isDone.load(ordering: .acquiring) {
            let found = try engine.search(
              SearchRequest(queries: [1, 1], dimension: 2), k: 500)
            watch.counts.withLock { $0.append(found.row(0).count) }
            await Task.yield()
          }
        }
      }
      try await group.waitForAll()
    }
    let seen = watch.counts.withLock { $0 }
    #expect(!seen.isEmpty)
    #expect(seen.allSatisfy { $0 % 2 == 1 })
    #expect(engine.version?.count == 101)
    engine.close()
  }
}
