import Foundation
import Logging
import Testing
import VicinalCore
import VicinalMessages
import VicinalService
import VicinalTestSupport

@Suite("Snapshots")
struct SnapshotTests {
  /// A store with a main index and vectors beside it, its snapshots, and what searches should find.
  private struct Sample {
    let folder: ScratchFolder
    let store: VectorStore
    let query = SearchRequest(queries: [3.25, 3], dimension: 2)
    let truth: Neighbors
    let logger: Logger

    var path: String { folder.url.path + "/snapshots" }

    init() async throws {
      folder = try ScratchFolder()
      var policy = MergePolicy()
      policy.wish = try IndexWish(parsing: "IVF1,Flat")
      policy.smallest = 5
      let model = try EngineModel(folder, policy: policy)
      _ = try await model.submit(change(create: Array(0..<12))).get()
      try await model.waitForMerges(1)
      _ = try await model.submit(change(add: [-50, 20], update: [4], delete: [3])).get()
      truth = try model.engine.search(query, k: 20)
      #expect(model.engine.version?.main != nil)
      model.engine.close()
      logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
      }()
      store = try VectorStore(folder: folder.url.path, durability: .none)
    }

    func snapshots() throws -> SnapshotFolder {
      SnapshotFolder(path, metric: .l2, store: try store.head(), logger: logger)
    }

    /// All files by their names.
    func files() throws -> [String: Data] {
      var files: [String: Data] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: path) {
        files[name] = try Data(contentsOf: URL(filePath: path + "/" + name))
      }
      return files
    }

    /// Makes the folder hold these files and no others.
    func put(_ files: [String: Data]) throws {
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for (name, data) in files { try data.write(to: URL(filePath: path + "/" + name)) }
    }

    /// Whether a snapshot is used; what it then finds must be right.
    func isUsed(_ comment: String) throws -> Bool {
      guard let state = try snapshots().load(store) else { return false }
      let found = try state.version?.search(query, k: 20, workers: 1) {
        try store.vectors($0)
      }
      #expect(found == truth, "\(comment)")
      return true
    }

    /// The files of the newest snapshot only.
    func newest() throws -> [String: Data] {
      let all = try files()
      let names = all.keys.filter { $0.hasSuffix(".snapshot") }
      // One digit each.
      let last = try #require(names.max())
      let text = String(decoding: try #require(all[last]), as: UTF8.self)
      return all.filter { $0.key == last || text.contains($0.key) }
    }
  }

  @Test("they are used, the last two are kept, and what is left over goes")
  func life() async throws {
    let sample = try await Sample()
    let files = try sample.files()
    #expect(files.keys.count { $0.hasSuffix(".snapshot") } == 2)
    #expect(try sample.isUsed("as written"))
    let rest = ["x.tmp", ".vicinal-abc-def.partial", "9-delta-x.index", "9.snapshot", "x.snapshot"]
    for name in rest {
      try Data(name == "9.snapshot" ? [] : [1, 2, 3]).write(
        to: URL(filePath: sample.path + "/" + name))
    }
    for name in ["77.snapshot", "78-main.index"] {
      try FileManager.default.createDirectory(
        atPath: sample.path + "/" + name + "/deep", withIntermediateDirectories: true)
    }
    #expect(try sample.isUsed("with left-overs"))
    #expect(try sample.files().keys.sorted() == files.keys.sorted())
  }

  @Test("a snapshot that is cut anywhere is not used")
  func truncation() async throws {
    let sample = try await Sample()
    let files = try sample.newest()
    #expect(files.count == 3)
    try sample.put(files)
    #expect(try sample.isUsed("whole"))
    for (name, data) in files {
      for length in 0..<data.count {
        var cut = files
        cut[name] = data.prefix(length)
        try sample.put(cut)
        #expect(try !sample.isUsed("\(name) cut to \(length)"), "\(name) cut to \(length)")
      }
      var missing = files
      missing[name] = nil
      try sample.put(missing)
      #expect(try !sample.isUsed("\(name) missing"))
    }
  }

  @Test("damaged bits and zeroed tails are found")
  func damage() async throws {
    let sample = try await Sample()
    let files = try sample.newest()
    let flips = figure("FLIPS", 1_000)
    var random = SplitMix64(seed: 8)
    let names = files.keys.sorted()
    for turn in 0..<flips {
      let name = names[turn % names.count]
      var data = try #require(files[name])
      for _ in 0...random.next() % 3 {
        data[Int(random.next() % UInt64(data.count))] ^= 1 << UInt8(random.next() % 8)
      }
      guard data != files[name] else { continue }
      var damaged = files
      damaged[name] = data
      try sample.put(damaged)
      #expect(try !sample.isUsed("\(name), flip \(turn)"), "\(name), flip \(turn)")
    }
    for (name, data) in files {
      for length in stride(from: 0, to: data.count, by: 16) {
        let zeroed = data.prefix(length) + Data(count: data.count - length)
        guard zeroed != data else { continue }
        var damaged = files
        damaged[name] = zeroed
        try sample.put(damaged)
        #expect(try !sample.isUsed("\(name), zeros"), "\(name), zeros from \(length)")
      }
    }
  }

  @Test("behind a damaged snapshot there is the one before it, and what changed since")
  func olderOne() async throws {
    let sample = try await Sample()
    let files = try sample.files()
    let names = files.keys.filter { $0.hasSuffix(".snapshot") }.sorted()
    #expect(names == ["1.snapshot", "2.snapshot"])
    var damaged = files
    damaged["2.snapshot"] = Data([1])
    try sample.put(damaged)
    #expect(try sample.isUsed("the older one"))
    #expect(try sample.snapshots().load(sample.store)?.sequence == 2)
    #expect(try !sample.files().keys.contains("2.snapshot"))
  }

  @Test("snapshots of another store, metric or future are not used")
  func strangers() async throws {
    let sample = try await Sample()
    let files = try sample.newest()
    let head = try sample.store.head()
    func isUsed(_ metric: ServiceMetric, _ folder: String) throws -> Bool {
      let store = try VectorStore(folder: folder, durability: .none)
      let snapshots = SnapshotFolder(
        sample.path, metric: metric, store: head, logger: sample.logger)
      return try snapshots.load(store) != nil
    }
    #expect(
      try SnapshotFolder(
        sample.path, metric: .ip, store: head, logger: sample.logger
      ).load(sample.store) == nil)
    try sample.put(files)
    #expect(try !isUsed(.l2, try ScratchFolder().url.path), "an empty store")
    // A store that was restored from an older copy.
    let other = try ScratchFolder()
    try sample.put(files)
    try sample.store.close()
    try FileManager.default.copyItem(
      atPath: sample.folder.url.path + "/vectors.sqlite", toPath: other.url.path + "/vectors.sqlite"
    )
    #expect(try isUsed(.l2, other.url.path), "the same store, copied")
    try FileManager.default.removeItem(atPath: other.url.path)
  }

  @Test("the folder may be a file, or not be writable")
  func folder() async throws {
    let sample = try await Sample()
    try sample.store.close()
    try FileManager.default.removeItem(atPath: sample.path)
    try Data([1]).write(to: URL(filePath: sample.path))
    let model = try EngineModel(sample.folder)
    #expect(try model.engine.search(sample.query, k: 20) == sample.truth)
    let saved = await withCheckedContinuation { continuation in
      model.engine.saveSnapshot { continuation.resume(returning: $0) }
    }
    #expect(try saved.get() == 2)
    model.engine.close()
    let again = try EngineModel(sample.folder)
    #expect(again.engine.snapshots.last?.sequence == 2)
    #expect(try again.engine.search(sample.query, k: 20) == sample.truth)
    again.engine.close()
  }
}
