import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("ParameterTuner")
struct ParameterTunerTests {
  private let rows = DataShape.uniform.make(1500, dimension: 12, seed: 111)

  private func index(_ name: String) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: name).makeIndex(dimension: 12, metric: .l2)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  private func queries(_ index: any VectorIndex) throws -> HeldOutQueries {
    try #require(try HeldOutQueries.sampled(from: index, count: 30, k: 20))
  }

  private func recall(_ point: MeasuredPoint) -> Double { point.recall[10] ?? 0 }

  /// A budget that time never decides.
  private func budget(recall: Double, milliseconds: Double = 1e6) -> Budget {
    var budget = Budget()
    budget.targetRecall = recall
    budget.queryMilliseconds = milliseconds
    return budget
  }

  @Test(
    "the first setting that reaches the recall is chosen", arguments: ["IVF16,Flat", "HNSW4,Flat"])
  func first(name: String) throws {
    let index = try index(name)
    let queries = try queries(index)
    let tuning = try ParameterTuner(budget: budget(recall: 0.8)).tune(index, on: queries)
    let (chosen, measured) = (tuning.chosen, tuning.measured)
    #expect(recall(chosen) >= 0.8 && tuning.isWithinBound && tuning.reachesTarget, "\(chosen)")
    #expect(measured.first { recall($0) >= 0.8 } == chosen, "\(measured)")
    #expect(measured.dropLast().allSatisfy { recall($0) < 0.8 || $0 == chosen }, "\(measured)")
    #expect(Set(chosen.recall.keys) == [1, 10, 20], "the truth has 20 places")
    #expect(Set(measured.map(\.parameters)).count == measured.count)
    #expect(measured.first?.parameters == (name.hasPrefix("IVF") ? "nprobe=1" : "efSearch=20"))
    // The measured recall is that of a search with the setting.
    var set = index
    try IndexMaintenance.set(parameters: chosen.parameters, on: &set)
    #expect(try queries.recall(of: set, k: 10, options: SearchOptions()) == recall(chosen))
  }

  @Test("when nothing reaches the recall, the best within the time is chosen")
  func unreachable() throws {
    let index = try index("IVF4,Flat")
    let tuning = try ParameterTuner(budget: budget(recall: 1.1)).tune(index, on: queries(index))
    #expect(tuning.measured.map(\.parameters) == ["nprobe=1", "nprobe=2", "nprobe=4"])
    #expect(recall(tuning.chosen) == 1 && tuning.chosen.parameters == "nprobe=4")
    #expect(!tuning.reachesTarget && tuning.isWithinBound)
  }

  @Test("when no setting is fast enough, the cheapest is chosen and marked")
  func tooSlow() throws {
    let index = try index("IVF16,Flat")
    let tuning = try ParameterTuner(budget: budget(recall: 0.9, milliseconds: 0))
      .tune(index, on: queries(index))
    #expect(!tuning.isWithinBound && tuning.measured.count == 2)
    let fastest = tuning.measured.min { $0.meanMilliseconds < $1.meanMilliseconds }
    #expect(tuning.chosen.parameters == fastest?.parameters)
  }

  @Test("an index without knobs is measured once")
  func flat() throws {
    let index = try index("Flat")
    let tuning = try ParameterTuner(budget: budget(recall: 0.9)).tune(index, on: queries(index))
    #expect(tuning.measured == [tuning.chosen] && tuning.chosen.parameters.isEmpty)
    #expect(recall(tuning.chosen) == 1)
  }

  @Test("candidates that are compared again are a knob too, and every knob is stored")
  func refined() throws {
    var index = try index("IVF16,PQ4x4fs,RFlat")
    let queries = try #require(
      try HeldOutQueries.sampled(from: self.index("Flat"), count: 60, k: 20))
    let tuning = try ParameterTuner(budget: budget(recall: 0.9)).tune(index, on: queries)
    #expect(tuning.reachesTarget, "\(tuning.measured)")
    #expect(
      tuning.chosen.parameters.contains("k_factor_rf=")
        && tuning.chosen.parameters.contains("nprobe="))
    #expect(Set(tuning.measured.map(\.parameters)).count == tuning.measured.count)
    try IndexMaintenance.set(parameters: tuning.chosen.parameters, on: &index)
    let again = try queries.recall(of: index, k: 10, options: SearchOptions())
    #expect(again == recall(tuning.chosen))
  }

  @Test("the time limit ends tuning after the first setting")
  func timeLimit() throws {
    let index = try index("IVF16,Flat")
    var tuner = ParameterTuner(budget: budget(recall: 1.1))
    tuner.timeLimit = .zero
    #expect(try tuner.tune(index, on: queries(index)).measured.count == 1)
  }

  @Test("cancelling ends tuning")
  func cancellation() throws {
    let index = try index("IVF16,Flat")
    let queries = try queries(index)
    expectError(.cancelled) {
      _ = try ParameterTuner(budget: budget(recall: 0.9))
        .tune(index, on: queries, execution: Execution(isCancelled: { true }))
    }
  }

  @Test("settings are stored in the index, behind maps and transforms too")
  func maintenance() throws {
    for name in ["IVF16_HNSW8,Flat", "IDMap2,L2norm,IVF16_HNSW8,Flat"] {
      var index = try index(name)
      try IndexMaintenance.set(parameters: "nprobe=5,quantizer_efSearch=33", on: &index)
      let lists = try #require(index.core as? IVFIndex)
      #expect(lists.probes == 5 && (lists.coarse as? HNSWIndex)?.efSearch == 33)
      #expect(try IndexMaintenance.addDirectMap(to: &index))
      #expect((index.core as? IVFIndex)?.directMap.kind == .array && index.count == 1500)
    }
    var graph = try index("L2norm,HNSW8,Flat")
    try IndexMaintenance.set(parameters: "efSearch=99", on: &graph)
    #expect((graph.core as? HNSWIndex)?.efSearch == 99)
    expectError(.unsupported) { try IndexMaintenance.set(parameters: "nprobe=9", on: &graph) }
    #expect(try graph.count == 1500 && !IndexMaintenance.addDirectMap(to: &graph))
    var flat = try index("Flat")
    expectError(.unsupported) { try IndexMaintenance.set(parameters: "nprobe=9", on: &flat) }
    for text in ["nprobe", "nprobe=", "nprobe=x", "probes=4", "nprobe=1=2", "nprobe = 4"] {
      expectError(.invalidSpecification, text) {
        try IndexMaintenance.set(parameters: text, on: &flat)
      }
    }
    for text in ["efSearch=0", "efSearch=-1"] {
      expectError(.invalidArgument, text) { try IndexMaintenance.set(parameters: text, on: &graph) }
    }
    #expect(flat.count == 1500)
  }
}
