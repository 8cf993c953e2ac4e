import Testing
import VicinalCore
import VicinalIndexes
import VicinalMessages
import VicinalService
import VicinalTestSupport

@Suite("Merging into the index that there is")
struct ExtendingTests {
  private func policy(_ key: String) throws -> MergePolicy {
    var policy = MergePolicy()
    policy.wish = try IndexWish(parsing: key)
    policy.smallest = 5
    policy.threads = 1
    return policy
  }

  /// How many merges extended the index, after every merge that is due.
  private func settle(_ engine: SearchEngine) async throws -> Int {
    for _ in 0..<3000 {
      let version = try #require(engine.version)
      let isDue = version.deltaCount > 5 + version.count / 10
      if !isDue, engine.mergeStatus.running == nil { return engine.mergeStatus.extended }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("merges took more than half a minute")
    return 0
  }

  @Test(
    "random changes of an index that is extended agree with a brute-force model",
    arguments: ["IVF4,Flat", "IVF4,SQ8", "HNSW16,Flat", "SQ4", "PCAR4,SQ8,RFlat", "PQ2x4fs,RFlat"])
  func model(key: String) async throws {
    let folder = try ScratchFolder()
    var changes = RandomChanges(random: SplitMix64(seed: 31))
    var model = try EngineModel(folder, policy: policy(key))
    var extended = 0
    for step in 0..<25 {
      let comment = "\(key), step \(step)"
      let next = changes.next(after: model.vectors, creations: 1 << 60)
      let (change, after) = try #require(next)
      _ = try await model.submit(change).get()
      model.vectors = after
      extended = try await settle(model.engine)
      #expect(model.engine.mergeStatus.lastError == nil, "\(comment)")
      #expect(model.engine.version?.count == after.count, "\(comment)")
      // All vectors are neighbours, so approximation plays no part; scores are those of the vectors.
      try model.check(changes.vector(), k: 500, comment)
      let some = (0..<40).map { _ in Int64(changes.random.next() % 400) - 200 }
      try model.check(changes.vector(), k: 60, "\(comment), filter", allowedIDs: some)
      try model.check(
        changes.vector(), k: 300, "\(comment), range", allowedRange: -60...69)
    }
    #expect(extended >= 4, "\(key)")
    let known = model.vectors
    model.engine.close()
    model = try EngineModel(folder, policy: policy(key))
    model.vectors = known
    #expect(model.engine.snapshots.last != nil)
    try model.check(changes.vector(), k: 500, "\(key), opened again")
    model.engine.close()
  }

  @Test("an index is trained anew when it finds less than it did")
  func drift() async throws {
    let folder = try ScratchFolder()
    let model = try EngineModel(folder, policy: policy("PQ4x4"))
    var random = SplitMix64(seed: 3)
    func items(_ ids: Range<Int64>, at offset: Float) -> VectorItems {
      let values = (0..<ids.count * 8).map { _ in offset + Float(random.next() % 1000) / 1000 }
      return VectorItems(ids: Array(ids), vectors: values, dimension: 8)
    }
    var creation = ChangeRequest()
    creation.isCreation = true
    creation.added = items(0..<400, at: 0)
    _ = try await model.submit(creation).get()
    #expect(try await settle(model.engine) == 0)
    // More of the same: nothing is trained.
    var addition = ChangeRequest()
    addition.added = items(400..<500, at: 0)
    _ = try await model.submit(addition).get()
    #expect(try await settle(model.engine) == 1)
    #expect(model.engine.version?.main?.facts.training?.count == 400)
    // What the codes were not made for.
    addition.added = items(500..<750, at: 100)
    _ = try await model.submit(addition).get()
    #expect(try await settle(model.engine) == 1)
    #expect(model.engine.version?.main?.facts.training?.count == 750)
    #expect(model.engine.version?.deltaCount == 0)
    model.engine.close()
  }
}
