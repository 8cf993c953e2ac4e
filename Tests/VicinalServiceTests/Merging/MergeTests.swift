import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalIndexes
import VicinalMessages
import VicinalService
import VicinalTestSupport

@Suite("Merging in the background")
struct MergeTests {
  /// Merges all the time, into an index that is exact when all of its lists are visited.
  private func policy(_ key: String = "IVF4,Flat", smallest: Int = 20) throws -> MergePolicy {
    var policy = MergePolicy()
    policy.wish = try IndexWish(parsing: key)
    policy.smallest = smallest
    policy.threads = 1
    return policy
  }

  @Test(
    "random changes, merges, openings and searches agree with a brute-force model",
    arguments: [1, 2, 3, 4])
  func model(seed: UInt64) async throws {
    let folder = try ScratchFolder()
    var changes = RandomChanges(random: SplitMix64(seed: seed))
    var model = try EngineModel(folder, policy: policy())
    let all = ["nprobe": 4.0]
    var (merges, mains) = (0, 0)
    for step in 0..<figure("RANDOM_MERGES", 50) {
      let comment = "seed \(seed), step \(step)"
      guard let (change, after) = changes.next(after: model.vectors, creations: 25) else {
        continue
      }
      _ = try await model.submit(change).get()
      model.vectors = after
      if step % 7 == 3 {
        // Sometimes it is finished first, sometimes changes come while it goes on.
        model.engine.optimize()
        if step % 2 == 0 { try await model.waitForMerges(merges + 1) }
      }
      #expect(model.engine.version?.count == after.count, "\(comment)")
      if model.engine.version?.main != nil { mains += 1 }
      try model.check(changes.vector(), k: 7, comment, parameters: all)
      try model.check(changes.vector(), k: 500, "\(comment), all", parameters: all)
      let some = (0..<40).map { _ in Int64(changes.random.next() % 400) - 200 }
      try model.check(
        changes.vector(), k: 9, "\(comment), filter", allowedIDs: some, parameters: all)
      try model.check(
        changes.vector(), k: 9, "\(comment), range", allowedRange: -60...69, parameters: all)
      try model.check(
        changes.vector(), k: 3, "\(comment), both", allowedIDs: some, allowedRange: 0...999,
        parameters: all)
      merges = model.engine.mergeStatus.finished
      if step % 20 == 19 {
        let known = model.vectors
        model.engine.close()
        model = try EngineModel(folder, policy: policy())
        model.vectors = known
        merges = 0
        #expect(model.engine.snapshots.last != nil, "\(comment)")
        try model.check(changes.vector(), k: 500, "\(comment), opened again", parameters: all)
      }
    }
    #expect(mains > 10, "there was a main index too rarely for this to be a test")
    model.engine.close()
  }

  @Test("as many neighbours as there are come back, however few lists are visited")
  func wholeResults() async throws {
    let folder = try ScratchFolder()
    var changes = RandomChanges(random: SplitMix64(seed: 9))
    var model = try EngineModel(folder, policy: policy())
    while model.vectors.count < 100 {
      let next = changes.next(after: model.vectors, creations: 1 << 60)
      let (change, after) = try #require(next)
      _ = try await model.submit(change).get()
      model.vectors = after
    }
    model.engine.optimize()
    try await model.waitForMerges(1)
    #expect(model.engine.version?.main != nil)
    try model.check(changes.vector(), k: 1000, "one list", parameters: ["nprobe": 1])
    let few = model.vectors.keys.sorted().prefix(5)
    try model.check(
      changes.vector(), k: 5, "few ids", allowedIDs: Array(few), parameters: ["nprobe": 1])
    model.engine.close()
  }

  @Test("scores of codes are replaced by those of the vectors, where these can be had")
  func codes() async throws {
    let folder = try ScratchFolder()
    var changes = RandomChanges(random: SplitMix64(seed: 12))
    var model = try EngineModel(folder, policy: policy("SQ4"))
    for step in 0..<14 {
      let next = changes.next(after: model.vectors, creations: 1 << 60)
      let (change, after) = try #require(next)
      _ = try await model.submit(change).get()
      model.vectors = after
      if step == 9 {
        model.engine.optimize()
        try await model.waitForMerges(1)
        #expect(model.engine.version?.main?.facts.hasExactScores == false)
      }
      // All vectors are neighbours, so only their scores and their order are in question.
      try model.check(changes.vector(), k: 1_000, "step \(step)")
    }
    let version = try #require(model.engine.version)
    let request = SearchRequest(queries: changes.vector(), dimension: 4)
    struct Broken: Error {}
    let coded = try version.search(request, k: 20, workers: 1) { _ in throw Broken() }
    let changed = try version.search(request, k: 20, workers: 1) { $0.map { _ in nil } }
    #expect(coded == changed && !coded.ids.contains(-1))
    model.engine.close()
  }

  @Test("a graph finds nearly all, and never what was deleted")
  func graph() async throws {
    let folder = try ScratchFolder()
    let model = try EngineModel(folder, policy: policy("HNSW16", smallest: 1_000))
    let (count, dimension) = (3_000, 16)
    var random = SplitMix64(seed: 5)
    let values = (0..<count * dimension).map { _ in Float(random.next() % 1000) / 1000 }
    var creation = ChangeRequest()
    creation.isCreation = true
    creation.added = VectorItems(
      ids: (0..<Int64(count)).map { $0 * 7 + 1 }, vectors: values, dimension: dimension)
    _ = try await model.submit(creation).get()
    try await model.waitForMerges(1)
    #expect(model.engine.version?.main?.facts.key.hasPrefix("HNSW16") == true)
    var deletion = ChangeRequest()
    deletion.deleted = stride(from: 0, to: Int64(count), by: 3).map { $0 * 7 + 1 }
    _ = try await model.submit(deletion).get()
    #expect(model.engine.version?.count == 2_000)
    var hits = 0
    for query in 0..<50 {
      let vector = Array(values[query * dimension..<(query + 1) * dimension])
      let found = try model.engine.search(
        SearchRequest(queries: vector, dimension: dimension), k: 10)
      let truth = (0..<count).filter { $0 % 3 != 0 }.map { row in
        let distance = (0..<dimension).reduce(Float(0)) {
          let difference = values[row * dimension + $1] - vector[$1]
          return $0 + difference * difference
        }
        return (distance, Int64(row) * 7 + 1)
      }.sorted { $0.0 < $1.0 }.prefix(10)
      #expect(found.ids.allSatisfy { ($0 - 1) / 7 % 3 != 0 })
      hits += Set(found.ids).intersection(truth.map(\.1)).count
    }
    // Of 500: the tuned recall is 0.95, and the filter must not cost more than a little.
    #expect(hits >= 460)
    model.engine.close()
  }

  @Test("changes and searches go on while a merge does, and each search sees whole changes")
  func concurrency() async throws {
    let folder = try ScratchFolder()
    let engine = try EngineModel(folder, policy: policy()).engine
    _ = try await engine.answer(to: change(create: Array(0..<101))).get()
    let watch = Watch()
    try await withThrowingTaskGroup { group in
      group.addTask {
        for round in 0..<150 {
          let pair = [Int64(2 * round + 1001), Int64(2 * round + 1002)]
          _ = try await engine.answer(to: change(add: pair)).get()
          if round % 3 == 1 { _ = try await engine.answer(to: change(delete: pair)).get() }
          if round % 3 == 2 { _ = try await engine.answer(to: change(update: pair)).get() }
          var request = SearchRequest(queries: [1, 1], dimension: 2)
          request.allowedIDs = pair
          let found = try engine.search(request, k: 3).ids.filter { $0 != -1 }
          #expect(found.sorted() == (round % 3 == 1 ? [] : pair), "read your writes")
          if round % 5 == 4 { engine.optimize() }
        }
        watch.isDone.store(true, ordering: .releasing)
      }
      group.addTask {
        // A state that was replaced must not come back.
        var last: Int64 = 0
        while !watch.isDone.load(ordering: .acquiring) {
          let sequence = engine.version?.sequence ?? 0
          #expect(sequence >= last)
          last = sequence
          try await Task.sleep(for: .microseconds(100))
        }
      }
      for _ in 0..<2 {
        group.addTask {
          while !watch.isDone.load(ordering: .acquiring) {
            let found = try engine.search(
              SearchRequest(queries: [1, 1], dimension: 2), k: 1000)
            watch.counts.withLock { $0.append(found.ids.count { $0 != -1 }) }
            await Task.yield()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(watch.counts.withLock { $0.allSatisfy { $0 % 2 == 1 } })
    #expect(engine.version?.count == 301)
    #expect(engine.mergeStatus.finished > 0)
    engine.close()
  }

  @Test("an index that cannot be made is an error in the status and no more")
  func failure() async throws {
    let folder = try ScratchFolder()
    let model = try EngineModel(folder, policy: policy("IVF1000,Flat"))
    _ = try await model.submit(change(create: Array(0..<50))).get()
    model.engine.optimize()
    try await model.waitForMerges(1)
    #expect(model.engine.mergeStatus.lastError?.contains("1000 lists") == true)
    #expect(model.engine.version?.main == nil)
    #expect(
      try model.engine.search(SearchRequest(queries: [3, 3], dimension: 2), k: 1).ids == [3])
    // Another wish, and it goes away.
    model.engine.optimize(try IndexWish(parsing: "IVF2,Flat"))
    for _ in 0..<3000 where model.engine.version?.main == nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    try await model.waitForMerges(1)
    #expect(model.engine.version?.main?.facts.key == "IVF2,Flat")
    #expect(model.engine.mergeStatus.lastError == nil)
    // And back to none.
    model.engine.optimize(.flat)
    for _ in 0..<3000 where model.engine.version?.main != nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(model.engine.version?.deltaCount == 50)
    #expect(
      try model.engine.search(SearchRequest(queries: [3, 3], dimension: 2), k: 1).ids == [3])
    model.engine.close()
  }

  @Test("cosine is the same in the main index and beside it")
  func cosine() async throws {
    let folder = try ScratchFolder()
    let engine = try EngineModel(folder, metric: .cosine, policy: policy("IVF1,Flat")).engine
    var creation = ChangeRequest()
    creation.isCreation = true
    creation.added = VectorItems(
      ids: Array(0..<40), vectors: (0..<40).flatMap { [Float($0 + 1), Float(40 - $0)] },
      dimension: 2)
    _ = try await engine.answer(to: creation).get()
    let request = SearchRequest(queries: [3, 1, 0, 9, 0, 0], dimension: 2)
    let before = try engine.search(request, k: 5)
    engine.optimize()
    for _ in 0..<3000 where engine.version?.main == nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    let after = try engine.search(request, k: 5)
    #expect(after.ids == before.ids)
    #expect(zip(after.distances, before.distances).allSatisfy { abs($0 - $1) < 1e-6 })
    engine.close()
  }

  @Test("parameters of other kinds of index are left out, what no index has is refused")
  func parameters() async throws {
    let folder = try ScratchFolder()
    let model = try EngineModel(folder, policy: policy("IVF2,Flat"))
    _ = try await model.submit(change(create: Array(0..<50))).get()
    func code(_ parameters: [String: Double]) -> ServiceError.Code? {
      var request = SearchRequest(queries: [1, 1], dimension: 2)
      request.parameters = parameters
      do throws(ServiceError) { _ = try model.engine.search(request, k: 1) } catch {
        return error.code
      }
      return nil
    }
    for isMerged in [false, true] {
      if isMerged {
        model.engine.optimize()
        try await model.waitForMerges(1)
      }
      #expect(code(["nprobe": 2]) == nil)
      #expect(code(["efSearch": 20]) == nil)
      #expect(code(["nprobes": 2]) == .invalidRequest)
      #expect(code(["nprobe": 0]) == .invalidRequest)
      #expect(code(["nprobe": .nan]) == .invalidRequest)
    }
    #expect(code(["nprobe": 1.5]) == .invalidRequest)
    model.engine.close()
  }
}
