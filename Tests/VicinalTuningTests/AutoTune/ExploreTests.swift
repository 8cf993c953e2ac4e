import Synchronization
import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Exploring a parameter space")
struct ExploreTests {
  private static let space = ParameterSpace([
    ParameterRange("nprobe", [1, 2, 4, 8, 16]), ParameterRange("ht", [10, 20, 30, 40]),
    ParameterRange("k_factor", [1, 2, 4]),
  ])

  /// More thorough is better and slower, without noise.
  private static func cost(_ combination: Int) -> (performance: Double, seconds: Double) {
    let (a, b, c) = (combination % 5, combination / 5 % 4, combination / 20)
    return (
      1 - 0.5 / Double(1 + a) * (b < 2 ? 1 : 0.9) * (c == 0 ? 1 : 0.8),
      Double((1 + a) * (4 + b) * (2 + c))
    )
  }

  private func options(_ experiments: Int, seed: UInt64 = 1234) -> ExplorationOptions {
    var options = ExplorationOptions()
    options.experiments = experiments
    options.seed = seed
    return options
  }

  @Test("skipping loses none of the optimal points")
  func skipping() throws {
    let all = try Self.space.explore(options(0)) { Self.cost($0) }
    #expect(all.skipped.isEmpty && all.points.all.map(\.combination) == Array(0..<60))
    for seed in 0..<20 as Range<UInt64> {
      let found = try Self.space.explore(options(500, seed: seed)) { Self.cost($0) }
      let front = found.points.optimal.map { "\($0.performance) \($0.seconds)" }
      #expect(front == all.points.optimal.map { "\($0.performance) \($0.seconds)" }, "seed \(seed)")
      #expect(found.points.all.prefix(2).map(\.combination) == [0, 59], "seed \(seed)")
      #expect(!found.skipped.isEmpty && !found.isCutShort, "seed \(seed)")
      let seen = found.points.all.map(\.combination) + found.skipped
      #expect(seen.sorted() == Array(0..<60), "seed \(seed)")
    }
  }

  @Test("a seed draws the same combinations, fewer experiments fewer of them")
  func drawing() throws {
    func order(_ experiments: Int, _ seed: UInt64) throws -> [Int] {
      let found = try Self.space.explore(options(experiments, seed: seed)) {
        (Double($0 + 1) / 100, Double($0 + 1))
      }
      return found.points.all.map(\.combination)
    }
    #expect(try order(1, 3) == [0] && order(2, 3) == [0, 59])
    #expect(try order(12, 3) == order(12, 3) && order(12, 3) != order(12, 4))
    #expect(try order(12, 3).count <= 12 && Set(order(500, 3)).isSubset(of: 0..<60))
  }

  @Test("combinations beyond the slowest search are skipped")
  func slowest() throws {
    var options = options(500)
    options.slowestSearch = .seconds(20)
    var measured: [Int] = []
    let found = try Self.space.explore(options) { combination in
      measured.append(combination)
      return Self.cost(combination)
    }
    #expect(found.points.all.count == measured.count)
    for (place, combination) in measured.enumerated() {
      let isHopeless = measured[..<place].contains {
        Self.space.isAtLeast(combination, $0) && Self.cost($0).seconds > 20
      }
      #expect(!isHopeless, "combination \(combination)")
    }
  }

  @Test("time limits and cancelling end it, progress tells all")
  func ending() throws {
    var options = options(500)
    options.timeLimit = .zero
    let cut = try Self.space.explore(options) { Self.cost($0) }
    #expect(cut.isCutShort && cut.points.all.map(\.combination) == [0])
    options.timeLimit = nil
    options.execution.isCancelled = { true }
    expectError(.cancelled) { _ = try Self.space.explore(options) { Self.cost($0) } }
    let notes = Mutex<[WorkProgress]>([])
    let told = Execution(progress: { step in notes.withLock { $0.append(step) } })
    options = ExplorationOptions(execution: told)
    _ = try Self.space.explore(options) { Self.cost($0) }
    let steps = notes.withLock { $0 }
    #expect(steps.map(\.done) == Array(1...60) && steps.allSatisfy { $0.total == 60 })
    #expect(steps[0].note == "nprobe=1,ht=10,k_factor=1: 0.500 in 8.000000 s *")
    #expect(steps.contains { $0.note?.hasSuffix(": skipped") == true })
  }

  @Test("senseless options are refused")
  func refused() {
    expectError(.invalidArgument) { _ = try Self.space.explore(options(-1)) { Self.cost($0) } }
    var none = options(1)
    none.batchSize = 0
    expectError(.invalidArgument) { _ = try Self.space.explore(none) { Self.cost($0) } }
    expectError(.invalidArgument) {
      _ = try ParameterSpace([ParameterRange("ht", [])]).explore(options(1)) { Self.cost($0) }
    }
    let wide = ParameterRange("ht", Array(repeating: 1, count: 1 << 16))
    let huge = ParameterSpace([wide, wide, wide])
    expectError(.invalidArgument) { _ = try huge.explore(options(0)) { _ in (1, 1) } }
    #expect(throws: Never.self) { try huge.explore(options(5)) { _ in (1, 1) } }
  }

  private let rows = DataShape.uniform.make(1500, dimension: 12, seed: 221)
  private let queries = DataShape.uniform.make(40, dimension: 12, seed: 222)

  private func index(_ key: String) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: key).makeIndex(dimension: 12, metric: .l2)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  private func criterion() throws -> IntersectionCriterion {
    var exact = FlatIndex(dimension: 12)
    try exact.add(rows)
    var criterion = IntersectionCriterion(queryCount: 40, r: 10)
    criterion.setGroundTruth(try exact.search(queries, k: 10))
    return criterion
  }

  @Test(
    "an index is measured as its settings search, and stays as it was",
    arguments: ["IVF16,Flat", "HNSW6,Flat", "IDMap,IVF12_HNSW4,Flat", "Flat"])
  func measured(key: String) throws {
    let index = try index(key)
    let before = index.availableKnobs
    let criterion = try criterion()
    let space = ParameterSpace(of: index)
    var options = ExplorationOptions()
    options.experiments = 0
    let whole = try space.explore(
      index, queries: queries.batch(), criterion: criterion, options: options)
    #expect(index.availableKnobs == before)
    #expect(whole.points.all.count == space.combinationCount)
    for point in whole.points.all {
      var set = index
      try space.setParameters(of: &set, combination: point.combination)
      let value = try criterion.evaluate(set.search(queries, k: 10))
      #expect(point.performance == value && point.seconds > 0, "\(key) \(point)")
    }
    // However queries are batched and threads divided, results are the same.
    for (size, isThreaded, workers) in [(1, false, 1), (7, true, 3), (1000, true, 2)] {
      options.batchSize = size
      options.isThreadedOverBatches = isThreaded
      options.leastDuration = .microseconds(300)
      options.execution.workers = workers
      let found = try space.explore(
        index, queries: queries.batch(), criterion: criterion, options: options)
      #expect(
        found.points.all.map(\.performance) == whole.points.all.map(\.performance),
        "\(key), batches of \(size)")
    }
    let best = try #require(whole.points.all.last)
    #expect(best.performance > 0.9, "\(key) \(best)")
  }

  @Test("a criterion for other queries and parameters of another index are refused")
  func misfits() throws {
    let index = try index("IVF4,Flat")
    let criterion = try criterion()
    expectError(.invalidArgument) {
      _ = try ParameterSpace(of: index).explore(
        index, queries: rows.batch(), criterion: criterion)
    }
    expectError(.unsupported) {
      _ = try ParameterSpace([ParameterRange("efSearch", [4])]).explore(
        index, queries: queries.batch(), criterion: criterion)
    }
    expectError(.cancelled) {
      let options = ExplorationOptions(execution: Execution(isCancelled: { true }))
      _ = try ParameterSpace(of: index).explore(
        index, queries: queries.batch(), criterion: criterion, options: options)
    }
  }
}
