import Foundation
import Testing
import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport
import VicinalTuning

@Suite("IndexSelector")
struct SelectorTests {
  private static let rows = DataShape.clustered.make(7000, dimension: 16, seed: 31)

  /// Small enough for a test, with time that never decides.
  private func options(_ bound: String = "16G") throws -> SelectionOptions {
    var options = SelectionOptions(metric: .l2)
    options.budget.indexMemory = try MemorySize(parsing: bound)
    options.budget.queryMilliseconds = 1e6
    options.sampleCount = 4500
    options.queryCount = 100
    return options
  }

  @Test("everything considered has a verdict, sizes and a reason; the choice is the rule's")
  func report() throws {
    let options = try options()
    let found = try IndexSelector(options).choose(from: Self.rows.source())
    let report = found.report
    #expect(report.method == "measured" && report.seed == options.seed && report.seconds > 0)
    #expect(report.chosenKey == found.choice.spec.factoryString)
    let chosen = report.candidates.filter { $0.verdict == .chosen }
    #expect(chosen.map(\.key) == [report.chosenKey])
    #expect(chosen.first?.reason == report.reason && !report.reason.isEmpty)
    #expect(report.candidates.allSatisfy { !$0.reason.isEmpty && $0.predictedFileBytes > 0 })
    #expect(report.candidates.allSatisfy { $0.samplePoints.count == $0.predictedPoints.count })
    #expect(report.candidates.count { !$0.samplePoints.isEmpty } >= 4)
    let points = report.candidates.flatMap(\.predictedPoints)
    let reaching = points.filter { ($0.recall[10] ?? 0) >= 0.95 }.map(\.meanMilliseconds)
    let best = chosen.flatMap(\.predictedPoints).filter { ($0.recall[10] ?? 0) >= 0.95 }
    #expect(best.map(\.meanMilliseconds).min() == reaching.min())
    for point in points {
      let recall = try #require(point.recall[10])
      #expect(point.recallInterval.count == 2 && point.recallInterval[0] <= recall + 1e-9)
      #expect(recall <= point.recallInterval[1] + 1e-9 && point.meanMilliseconds > 0)
      #expect(point.p50Milliseconds <= point.p95Milliseconds)
      #expect(point.p95Milliseconds <= point.p99Milliseconds)
    }
    let statistics = try #require(report.statistics)
    #expect(statistics.count == 7000 && statistics.sampleCount == 4500)
    #expect(statistics.queryCount == 100 && !statistics.queriesAreGiven)
    #expect(statistics.meanNorm > 0 && statistics.duplicateShare == 0)
    #expect((1...16).contains(try #require(statistics.localIntrinsicDimension)))
    let again = try JSONDecoder().decode(
      SelectionReport.self, from: JSONEncoder().encode(report))
    #expect(again == report)
  }

  @Test(
    "the bound is kept when the choice is built", arguments: ["120K", "200K", "400K", "700K", "1M"])
  func bound(text: String) throws {
    let options = try options(text)
    let choice = try IndexSelector(options).choose(from: Self.rows.source()).choice
    let index = try IndexBuilder(
      spec: choice.spec, metric: .l2, isAccelerated: choice.isAccelerated,
      workMemory: MemorySize(bytes: 1 << 30)
    ).build(from: Self.rows.source()).index
    let bound = options.budget.indexMemory.bytes
    #expect(index.byteCount <= bound, "\(choice)")
    let file = try IndexFile.byteCount(of: index)
    #expect(file <= bound, "\(choice)")
    #expect(abs(Double(choice.predictedFileBytes) / Double(file) - 1) < 0.01, "\(choice), \(file)")
  }

  @Test("an impossible bound says what would do, before anything is read")
  func impossible() throws {
    let options = try options("1K")
    expectError(.memoryBound, naming: ["1.0KB", "bytes)"]) {
      _ = try IndexSelector(options).choose(from: Self.rows.source())
    }
  }

  @Test("few vectors are searched exactly, unless that takes too long or files must be mapped")
  func few() throws {
    let rows = DataShape.clustered.make(1500, dimension: 8, seed: 32)
    var options = try options()
    #expect(try IndexSelector(options).choose(from: rows.source()).choice.spec == .flat)
    options.budget.isMemoryMappable = true
    let mapped = try IndexSelector(options).choose(from: rows.source()).choice.spec
    guard case .ivf = mapped.core else {
      Issue.record("\(mapped)")
      return
    }
  }

  @Test("one vector, equal vectors, cosine", arguments: [1, 2, 40, 1200])
  func degenerate(count: Int) throws {
    let rows = DataShape.constant.make(count, dimension: 4, seed: 33)
    var options = try options()
    _ = try IndexSelector(options).choose(from: rows.source())
    (options.metric, options.isNormalized) = (.innerProduct, true)
    #expect(try IndexSelector(options).choose(from: rows.source()).choice.spec.isNormalizing)
  }

  @Test("given queries are used; those of another dimension are refused")
  func queries() throws {
    var options = try options()
    options.queries = try Self.rows.rows(0..<50).source()
    let report = try IndexSelector(options).choose(from: Self.rows.source()).report
    #expect(report.statistics?.queriesAreGiven == true && report.statistics?.queryCount == 50)
    options.queries = try DataShape.uniform.make(5, dimension: 3, seed: 1).source()
    let other = options
    expectError(.dimensionMismatch, naming: ["3", "16"]) {
      _ = try IndexSelector(other).choose(from: Self.rows.source())
    }
  }

  @Test("without time nothing but the first candidate is measured; a build limit is heeded")
  func limits() throws {
    var options = try options()
    options.timeLimit = .zero
    let report = try IndexSelector(options).choose(from: Self.rows.source()).report
    #expect(report.candidates.count { !$0.samplePoints.isEmpty } == 1)
    #expect(report.candidates.contains { $0.verdict == .notTried && $0.reason.contains("time") })
    options.timeLimit = .seconds(60)
    options.buildTimeLimit = .nanoseconds(1)
    let hurried = try IndexSelector(options).choose(from: Self.rows.source()).report
    #expect(hurried.warnings.count == 1)
  }

  @Test("a time that nothing comes near is given up after the floats")
  func hopeless() throws {
    var options = try options()
    options.budget.queryMilliseconds = 1e-7
    let report = try IndexSelector(options).choose(from: Self.rows.source()).report
    let skipped = report.candidates.filter { $0.reason.contains("nothing comes near") }
    #expect(skipped.count > 5 && skipped.allSatisfy { $0.verdict == .notTried })
    #expect(report.reason.contains("too slow"))
    #expect(!report.candidates.contains { $0.key.contains("PQ") && !$0.samplePoints.isEmpty })
  }

  @Test("few vectors that floats find in a hundredth of the time are not tried with codes")
  func fastEnough() throws {
    var options = try options()
    let quick = try IndexSelector(options).choose(from: Self.rows.source()).report
    #expect(quick.candidates.contains { $0.reason.contains("fast enough without codes") })
    #expect(!quick.candidates.contains { $0.key.contains("PQ") && !$0.samplePoints.isEmpty })
    // Nothing is that fast, so codes are tried too.
    options.budget.queryMilliseconds = 0.05
    let other = try IndexSelector(options).choose(from: Self.rows.source()).report
    #expect(!other.candidates.contains { $0.reason.contains("fast enough without codes") })
  }

  @Test("what cannot be built in the memory of the process is not chosen")
  func buildMemory() throws {
    var options = try options()
    options.budget.queryMilliseconds = 0.05
    options.mayBuildOnDisk = false
    options.buildMemory = MemorySize(bytes: MemoryPlan.processBytes + (10 << 20))
    let report = try IndexSelector(options).choose(from: Self.rows.source()).report
    let out = report.candidates.filter { $0.reason.contains("cannot be built in the memory") }
    #expect(out.contains { $0.key.contains("x4fs,RFlat") })
    #expect(out.allSatisfy { $0.verdict == .tooLarge && $0.samplePoints.isEmpty })
    #expect(report.candidates.contains { $0.key == "Flat" && !$0.samplePoints.isEmpty })
    options.buildMemory = MemorySize(bytes: MemoryPlan.processBytes)
    let none = options
    expectError(.memoryBound, naming: ["current-memory-available"]) {
      _ = try IndexSelector(none).choose(from: Self.rows.source())
    }
  }

  @Test("cosine is tried with codes whose best are compared again")
  func cosine() throws {
    var options = try options()
    // Floats are never so fast that codes would not be tried.
    options.budget.queryMilliseconds = 0.05
    (options.metric, options.isNormalized) = (.innerProduct, true)
    let report = try IndexSelector(options).choose(from: Self.rows.source()).report
    let refined = report.candidates.filter { $0.key.contains("Refine(L2norm,Flat)") }
    #expect(refined.contains { !$0.samplePoints.isEmpty })
    #expect(refined.allSatisfy { $0.key.hasPrefix("L2norm,") })
  }

  @Test("the task's cancellation ends the work; so does the execution's")
  func cancellation() async throws {
    let selector = IndexSelector(try options())
    let source = try Self.rows.source()
    let task = Task { try await selector.select(from: source) }
    task.cancel()
    await #expect(throws: IndexError.self) { try await task.value }
    expectError(.cancelled) {
      _ = try selector.choose(from: source, execution: Execution(isCancelled: { true }))
    }
    let found = try await IndexSelector(try options("250K")).select(from: source)
    #expect(found.report.chosenKey == found.choice.spec.factoryString)
  }

  @Test("NaN is refused with its row, options that make no sense by their values")
  func errors() throws {
    var broken = DataShape.uniform.make(600, dimension: 4, seed: 34)
    broken.values[4 * 123 + 1] = .nan
    let source = try broken.source()
    let options = try options()
    expectError(.notFinite, naming: ["123"]) {
      _ = try IndexSelector(options).choose(from: source)
    }
    for change in [\SelectionOptions.k, \.sampleCount, \.queryCount] {
      var wrong = options
      wrong[keyPath: change] = 0
      let settled = wrong
      expectError(.invalidArgument) {
        _ = try IndexSelector(settled).choose(from: Self.rows.source())
      }
    }
  }
}
