import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport
import VicinalTuning

@Suite("Index files built by programs")
struct IndexFileBuildTests {
  private let rows = DataShape.clustered.make(3000, dimension: 12, seed: 51)

  private func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/vicinal-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  private func build(_ folder: String, _ key: String? = "IVF16,Flat") throws -> IndexFileBuild {
    var pipeline = IndexPipeline(metric: .l2)
    pipeline.selection.sampleCount = 1500
    pipeline.selection.queryCount = 60
    pipeline.selection.budget.queryMilliseconds = 1e6
    pipeline.spec = try key.map { try IndexSpec(parsing: $0) }
    var outputs = BuildOutputs(
      indexPath: folder + "/knn.index", infosPath: folder + "/infos.json")
    outputs.reportPath = folder + "/page.html"
    return IndexFileBuild(pipeline, to: outputs)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// The nearest neighbour of each row in the index of a file.
  private func nearest(_ path: String, to rows: Vectors) throws -> [Int64] {
    try IndexFile.read(path).search(rows.batch(), k: 1).ids
  }

  @Test("index, infos and page are written; remarks are told while it runs")
  func written() async throws {
    try await inFolder { folder in
      let remarks = Mutex<[BuildRemark]>([])
      var build = try build(folder, nil)
      build.tell = { remark in remarks.withLock { $0.append(remark) } }
      let infos = try await build.build(from: rows.source())
      #expect(try names(folder) == ["infos.json", "knn.index", "page.html"])
      #expect(try IndexFile.read(folder + "/knn.index").count == 3000)
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/infos.json"))
      #expect(try [JSONDecoder().decode(IndexInfos.self, from: data)] == infos)
      #expect(infos[0].selection?.chosenKey == infos[0].indexKey)
      #expect(infos[0].steps.first?.step == "open the embeddings")
      #expect(
        remarks.withLock {
          $0.contains {
            if case .note(let text) = $0 { text.hasPrefix("building") } else { false }
          }
        })
    }
  }

  @Test(
    "several indexes hold what one holds, under the same ids", arguments: ["IVF16,Flat", "Flat"])
  func parts(key: String) async throws {
    try await inFolder { folder in
      var build = try build(folder, key)
      build.parts = 3
      let infos = try await build.build(from: rows.source())
      #expect(infos.map(\.vectorCount) == [1000, 1000, 1000])
      var ids = Set<Int64>()
      for number in 0..<3 {
        ids.formUnion(try nearest(folder + "/knn.index\(number)", to: rows).filter { $0 >= 0 })
      }
      #expect(ids == Set(0..<3000))
      // A later build of one index takes the parts away, which a search would find too.
      _ = try self.build(folder, key).make(from: rows.source())
      #expect(try !names(folder).contains("knn.index0"))
    }
  }

  @Test(
    "an index that does not fit the memory is put together on disk, as if it had been in memory")
  func onDisk() async throws {
    let many = DataShape.clustered.make(60_000, dimension: 64, seed: 7)
    try await inFolder { folder in
      var build = try build(folder, "IVF32,Flat")
      build.pipeline.parameters = "nprobe=4"
      build.outputs.reportPath = nil
      let source = try many.source()
      _ = try build.make(from: source)
      let inMemory = try Data(contentsOf: URL(fileURLWithPath: folder + "/knn.index"))
      // Less than the index and the process, more than the process and a part of it.
      build.pipeline.memory = MemorySize(bytes: MemoryPlan.processBytes + (14 << 20))
      _ = try build.make(from: source)
      let onDisk = try Data(contentsOf: URL(fileURLWithPath: folder + "/knn.index"))
      #expect(onDisk == inMemory)
      #expect(try names(folder) == ["infos.json", "knn.index"])
    }
  }

  @Test("a build that was cancelled goes on where it was, and ends with the same bytes")
  func resumed() async throws {
    try await inFolder { folder in
      var build = try build(folder)
      build.pipeline.parameters = "nprobe=4"
      let source = try rows.source()
      _ = try build.make(from: source)
      let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/knn.index"))
      try FileManager.default.removeItem(atPath: folder + "/knn.index")
      (build.isResuming, build.checkpointRows) = (true, 500)
      let added = Mutex(0)
      let stops = Execution(
        progress: { step in if step.step == "add" { added.withLock { $0 = step.done } } },
        isCancelled: { added.withLock { $0 } > 1500 })
      expectError(.cancelled) { _ = try build.make(from: source, execution: stops) }
      #expect(try names(folder).contains("knn.index.work"))
      var other = build
      other.pipeline.selection.seed = 5
      expectError(.invalidArgument) { _ = try other.make(from: source) }
      _ = try build.make(from: source)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/knn.index")) == whole)
      #expect(try !names(folder).contains("knn.index.work"))
    }
  }

  @Test("vectors are appended behind those that are there; another metric or kind is refused")
  func appended() async throws {
    try await inFolder { folder in
      let build = try build(folder)
      _ = try build.make(from: rows.rows(0..<2000).source())
      let infos = try build.append(rows.rows(2000..<3000).source())
      #expect(infos.vectorCount == 3000 && infos.reason.contains("1000"))
      let found = try nearest(folder + "/knn.index", to: rows.rows(2500..<2501))
      #expect(found == [2500])
      var other = build
      other.pipeline.selection.metric = .innerProduct
      expectError(.invalidArgument) { _ = try other.append(rows.rows(0..<10).source()) }
      other = build
      other.pipeline.spec = .hnsw(links: 8)
      expectError(.invalidArgument) { _ = try other.append(rows.rows(0..<10).source()) }
    }
  }

  @Test("outputs that replace each other, and more parts than vectors, are refused before any work")
  func refused() async throws {
    try await inFolder { folder in
      var build = try build(folder)
      build.outputs.infosPath = build.outputs.indexPath
      expectError(.invalidArgument) { _ = try build.make(from: rows.source()) }
      build = try self.build(folder)
      build.parts = 3001
      expectError(.invalidArgument) { _ = try build.make(from: rows.source()) }
      build = try self.build(folder)
      build.outputs.idsPath = folder + "/ids"
      build.outputs.idColumns = ["id"]
      expectError(.unsupported) { _ = try build.make(from: rows.source()) }
      #expect(try names(folder).isEmpty)
    }
  }

  private func expectError(
    _ code: IndexError.Code, _ body: () throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: sourceLocation) {
      try body()
    } throws: {
      ($0 as? IndexError)?.code == code
    }
  }
}
