import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport
import VicinalTuning

@Suite("Building, tuning and scoring in programs")
struct PipelineTests {
  private let rows = DataShape.clustered.make(3000, dimension: 12, seed: 51)

  private func pipeline(_ key: String? = nil, metric: Metric = .l2) throws -> IndexPipeline {
    var pipeline = IndexPipeline(metric: metric)
    pipeline.selection.sampleCount = 1500
    pipeline.selection.queryCount = 60
    pipeline.selection.budget.queryMilliseconds = 1e6
    pipeline.spec = try key.map { try IndexSpec(parsing: $0) }
    return pipeline
  }

  @Test("an index is chosen, built, tuned and measured")
  func chosen() async throws {
    let built = try await pipeline().build(from: rows.source())
    #expect(built.index.count == 3000 && built.infos.vectorCount == 3000)
    #expect(built.infos.selection?.chosenKey == built.infos.indexKey)
    #expect(built.infos.recallAt10 >= 0.95 && built.infos.warnings.isEmpty)
    #expect(built.infos.sizeInBytes == (try IndexFile.byteCount(of: built.index)))
    #expect(built.infos.bounds?.workMemory == 32 << 30)
    #expect(built.infos.steps.contains { $0.step == "tune" })
  }

  @Test(
    "a named index is built as the builder builds it, scaled for cosine",
    arguments: [("IVF16,Flat", false), ("IVF16,PQ4,RFlat", true), ("HNSW8,Flat", true)])
  func named(key: String, isCosine: Bool) async throws {
    var pipeline = try pipeline(key, metric: isCosine ? .innerProduct : .l2)
    pipeline.selection.isNormalized = isCosine
    let built = try await pipeline.build(from: rows.source())
    let spec = try IndexSpec(parsing: key)
    #expect(built.infos.indexKey == (isCosine ? try spec.normalizing() : spec).factoryString)
    #expect(built.infos.metric == (isCosine ? "cosine" : "l2") && built.infos.selection == nil)
    #expect(!built.infos.indexParam.isEmpty && built.infos.recallAt10 > 0.9)
  }

  @Test(
    "given parameters are set; a bound that nothing keeps is an error with the least that would")
  func bounds() async throws {
    var pipeline = try pipeline("IVF16,Flat")
    pipeline.parameters = "nprobe=3"
    let built = try await pipeline.build(from: rows.source())
    #expect((built.index.core as? IVFIndex)?.probes == 3 && built.infos.indexParam == "nprobe=3")
    pipeline.selection.budget.indexMemory = MemorySize(bytes: 1000)
    await expectThrows(.memoryBound) { _ = try await pipeline.build(from: rows.source()) }
    pipeline.selection.budget.indexMemory = MemorySize(bytes: 1 << 30)
    pipeline.memory = MemorySize(bytes: 1 << 20)
    await expectThrows(.memoryBound) { _ = try await pipeline.build(from: rows.source()) }
  }

  @Test("cancelling the task ends each of them; so does the execution")
  func cancellation() async throws {
    let source = try rows.source()
    let built = try pipeline("IVF16,Flat").make(from: source)
    let (pipeline, tuning) = (try pipeline(), IndexTuning())
    let plans = try PartitionPlan.plans(for: ["a"], output: "nowhere")
    let partitioned = PartitionedFileBuild(IndexFileBuild(pipeline)) { _ throws(IndexError) in
      source
    }
    let builder = IndexBuilder(
      spec: .hnsw(links: 8), metric: .l2, isAccelerated: true,
      workMemory: MemorySize(bytes: 1 << 30))
    let works: [@Sendable (Execution) async throws -> Void] = [
      { _ = try await pipeline.build(from: source, execution: $0) },
      { _ = try await tuning.tuned(built.index, source: source, execution: $0) },
      { _ = try await IndexScores.scores(of: built.index, source: source, execution: $0) },
      { _ = try await partitioned.build(plans, execution: $0) },
      { _ = try await builder.index(from: source, execution: $0) },
    ]
    for work in works {
      let task = Task { try await work(Execution()) }
      task.cancel()
      await expectThrows(.cancelled) { try await task.value }
      await expectThrows(.cancelled) { try await work(Execution(isCancelled: { true })) }
    }
    #expect(!FileManager.default.fileExists(atPath: "nowhere"))
  }

  @Test("tuning leaves the given index as it is; scores are those of the report")
  func tuningAndScores() async throws {
    let source = try rows.source()
    let built = try pipeline("IVF16,Flat").make(from: source)
    var tuning = IndexTuning()
    tuning.queryCount = 100
    tuning.budget.targetRecall = 0.3
    let tuned = try await tuning.tuned(built.index, source: source)
    #expect((tuned.index.core as? IVFIndex)?.probes == 1)
    #expect((built.index.core as? IVFIndex)?.probes != 1)
    let scores = try await IndexScores.scores(of: tuned.index, source: source, queryCount: 100)
    #expect(scores.vectorCount == 3000 && scores.recall10 > 0.2 && scores.queries?.count == 100)
    let part = try rows.rows(0..<10).source()
    await expectThrows(.dimensionMismatch) {
      _ = try await IndexScores.scores(of: tuned.index, source: part)
    }
  }

  private func expectThrows(
    _ code: IndexError.Code, _ body: () async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    do {
      try await body()
      Issue.record("no error", sourceLocation: sourceLocation)
    } catch {
      #expect((error as? IndexError)?.code == code, "\(error)", sourceLocation: sourceLocation)
    }
  }
}
