import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport
import VicinalTuning

@Suite("Index files of several sources")
struct PartitionedFileBuildTests {
  private let rows = DataShape.clustered.make(3000, dimension: 12, seed: 51)

  /// A build of `one`, 1000 vectors, and `two`, 2000 vectors, below a folder that is removed.
  private func with(
    _ key: String, _ body: (PartitionedFileBuild, [PartitionPlan], String) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/vicinal-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var pipeline = IndexPipeline(metric: .l2)
    pipeline.spec = try IndexSpec(parsing: key)
    pipeline.parameters = key.hasPrefix("IVF") ? "nprobe=4" : nil
    pipeline.selection.budget.queryMilliseconds = 1e6
    let rows = rows
    let build = PartitionedFileBuild(IndexFileBuild(pipeline)) { path throws(IndexError) in
      let part = path.hasSuffix("one") ? rows.rows(0..<1000) : rows.rows(1000..<3000)
      return try InMemoryEmbeddings(part.values, dimension: 12)
    }
    try await body(build, PartitionPlan.plans(for: ["x/one", "x/two"], output: folder), folder)
  }

  /// The nearest neighbour of some of the rows in the index of a file.
  private func nearest(_ path: String, to range: Range<Int>) throws -> [Int64] {
    let queries = rows.rows(range)
    return try IndexFile.read(path).search(queries.batch(), k: 1).ids
  }

  @Test("each source has its index and infos, the big one is divided, a page is there if wanted")
  func written() async throws {
    try await with("IVF8,Flat") { build, plans, folder in
      var build = build
      (build.partsOfBig, build.leastBig) = (2, 2000)
      build.build.outputs.reportPath = "wanted"
      let steps = Mutex<Set<String>>([])
      let infos = try await build.build(
        plans,
        execution: Execution(progress: { step in
          steps.withLock { _ = $0.insert(step.step) }
        }))
      #expect(infos.map { $0.map(\.vectorCount) } == [[1000], [1000, 1000]])
      #expect(steps.withLock { $0 }.isSuperset(of: ["k-means", "add", "write"]))
      let files = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      #expect(
        files == [
          "one", "one/index_infos.json", "one/index_report.html", "one/knn.index", "two",
          "two/index_infos.json0", "two/index_infos.json1", "two/index_report0.html",
          "two/index_report1.html", "two/knn.index0", "two/knn.index1",
        ])
      let data = try Data(contentsOf: URL(fileURLWithPath: plans[0].infosPath))
      #expect(try JSONDecoder().decode(IndexInfos.self, from: data) == infos[0][0])
      #expect(try nearest(plans[1].indexPath + "1", to: 2000..<2010) == Array(1000..<1010))
    }
  }

  @Test("an index is the one that its source has alone, also when it is put together on disk")
  func sameAsAlone() async throws {
    try await with("IVF8,Flat") { build, plans, folder in
      var build = build
      // The process, and less than the index.
      build.build.pipeline.memory = MemorySize(bytes: MemoryPlan.processBytes + (14 << 20))
      let many = DataShape.clustered.make(60_000, dimension: 64, seed: 7)
      build.open = { _ throws(IndexError) in try many.source() }
      _ = try build.make([plans[0]])
      var alone = build.build
      alone.outputs = BuildOutputs(indexPath: folder + "/alone", infosPath: folder + "/a.json")
      alone.pipeline.memory = MemorySize(bytes: 1 << 30)
      _ = try alone.make(from: many.source())
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: folder + "/alone"))
          == Data(contentsOf: URL(fileURLWithPath: plans[0].indexPath)))
    }
  }

  @Test("what cannot be is refused before anything is built; what is complete stays")
  func failures() async throws {
    try await with("Flat") { build, plans, folder in
      var divided = build
      (divided.partsOfBig, divided.leastBig) = (0, 2000)
      expectError(.invalidArgument) { _ = try divided.make(plans) }
      var withIDs = build
      withIDs.build.outputs.idColumns = ["name"]
      expectError(.unsupported) { _ = try withIDs.make(plans) }
      #expect(!FileManager.default.fileExists(atPath: folder))

      let remarks = Mutex<[BuildRemark]>([])
      var stopped = build
      stopped.build.tell = { remark in remarks.withLock { $0.append(remark) } }
      let isStopped: @Sendable () -> Bool = {
        remarks.withLock { $0.contains(.note("partition two")) }
      }
      expectError(.cancelled) {
        _ = try stopped.make(plans, execution: Execution(isCancelled: isStopped))
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == ["one"])
      #expect(
        remarks.withLock { $0.last } == .warning("1 of 2 partitions are complete, and stay"))
    }
  }
}
