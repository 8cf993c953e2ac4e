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
    let (chosen, measured) = try ParameterTuner(budget: budget(recall: 0.8)).tune(
      index, on: queries)
    #expect(chosen.recall >= 0.8 && chosen.isWithinBound, "\(chosen)")
    #expect(measured.first { $0.recall >= 0.8 } == chosen, "\(measured)")
    #expect(measured.dropLast().allSatisfy { $0.recall < 0.8 || $0 == chosen }, "\(measured)")
    #expect(Set(measured.map(\.parameters)).count == measured.count)
    #expect(measured.first?.parameters == (name.hasPrefix("IVF") ? "nprobe=1" : "efSearch=16"))
    // The measured recall is that of a search with the setting.
    var set = index
    try IndexMaintenance.set(parameters: chosen.parameters, on: &set)
    #expect(try queries.recall(of: set, k: 10, options: SearchOptions()) == chosen.recall)
  }

  @Test("when nothing reaches the recall, the best within the time is chosen")
  func unreachable() throws {
    let index = try index("IVF4,Flat")
    let (chosen, measured) = try ParameterTuner(budget: budget(recall: 1.1))
      .tune(index, on: queries(index))
    #expect(measured.map(\.parameters) == ["nprobe=1", "nprobe=2", "nprobe=4"])
    #expect(chosen.recall == 1 && chosen.parameters == "nprobe=4")
  }

  @Test("when no setting is fast enough, the cheapest is chosen and marked")
  func tooSlow() throws {
    let index = try index("IVF16,Flat")
    let (chosen, measured) = try ParameterTuner(budget: budget(recall: 0.9, milliseconds: 0))
      .tune(index, on: queries(index))
    #expect(chosen.parameters == "nprobe=1" && !chosen.isWithinBound && measured.count == 2)
  }

  @Test("an index without knobs is measured once")
  func flat() throws {
    let index = try index("Flat")
    let (chosen, measured) = try ParameterTuner(budget: budget(recall: 0.9))
      .tune(index, on: queries(index))
    #expect(measured == [chosen] && chosen.parameters.isEmpty && chosen.recall == 1)
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
