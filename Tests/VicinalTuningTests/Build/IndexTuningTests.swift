import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("Tuning a finished index")
struct IndexTuningTests {
  private let rows = DataShape.clustered.make(900, dimension: 12, seed: 31)

  private func index(_ name: String) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: name).makeIndex(dimension: 12, metric: .l2)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  @Test(
    "the found parameters are in the index, with and without the vectors",
    arguments: ["IVF16,Flat", "OPQ4_16,IVF16,PQ4", "PCA8,IVF16,SQ8", "HNSW8,SQ8", "IVF16,PQ4"])
  func tunes(name: String) throws {
    for source in [nil, try rows.source()] {
      var index = try index(name)
      var tuning = IndexTuning()
      tuning.queryCount = 60
      tuning.budget.targetRecall = 0.8
      let infos = try tuning.tune(&index, source: source, execution: Execution(workers: 1))
      #expect(infos.recalls.map(\.k) == [1, 10, 20, 100])
      #expect(infos.vectorCount == 900 && infos.dimension == 12 && infos.metric == "l2")
      #expect(infos.operatingPoints.contains { $0.parameters == infos.indexParam })
      #expect(infos.warnings.isEmpty == (source != nil || index.keepsVectors), "\(infos.warnings)")
      // Measured with what the index holds now.
      let point = try #require(infos.operatingPoints.first { $0.parameters == infos.indexParam })
      #expect(abs(point.recall - infos.recallAt10) < 1e-9)
      if source == nil || index.keepsVectors { #expect(infos.recallAt10 >= 0.8) }
    }
  }

  @Test("queries from codes are judged by everything the index keeps")
  func decoded() throws {
    for name in ["IVF16,SQ8", "PCA8,IVF16,SQ8", "OPQ4_16,IVF16,PQ4", "HNSW8,SQ8", "Flat"] {
      var index = try index(name)
      let queries = try HeldOutQueries.decoded(from: index, count: 40, k: 10)
      #expect(queries.ownIDs.count == 40 && queries.truth.k == 10)
      let settings = name.contains("IVF") ? "nprobe=16" : name == "Flat" ? "" : "efSearch=900"
      try IndexMaintenance.set(parameters: settings, on: &index)
      // With every list visited, the index finds exactly this truth.
      #expect(try queries.recall(of: index, k: 10, options: SearchOptions()) > 0.999, "\(name)")
    }
  }

  @Test("ids of the caller come back")
  func mapped() throws {
    let ids = (0..<900).map { Int64(7000 - $0) }
    let mapped = try IDMapIndex(index("IVF16,SQ8"), ids: ids, isReversible: false)
    let queries = try HeldOutQueries.decoded(from: mapped, count: 30, k: 5)
    #expect(queries.ownIDs.allSatisfy { (6101...7000).contains($0) })
    #expect(try queries.recall(of: mapped, k: 5, options: SearchOptions(probes: 16)) > 0.999)
  }

  @Test("what does not fit is refused")
  func refused() throws {
    var index = try index("IVF16,Flat")
    let before = index.byteCount
    expectError(.unsupported) { _ = try IndexTuning().tune(&index, parameters: "efSearch=4") }
    let fewer = try rows.rows(0..<800).source()
    expectError(.dimensionMismatch) { _ = try IndexTuning().tune(&index, source: fewer) }
    let queries = try rows.source()
    expectError(.invalidArgument) { _ = try IndexTuning().tune(&index, queries: queries) }
    #expect(index.byteCount == before)
    var empty: any VectorIndex = FlatIndex(dimension: 4)
    expectError(.insufficientData) { _ = try IndexTuning().tune(&empty) }
    try index.requireKind(of: "IVF16,Flat")
    for key in ["IVF17,Flat", "HNSW16", "Flat"] {
      expectError(.invalidArgument, naming: [], key) { try index.requireKind(of: key) }
    }
    expectError(.invalidSpecification) { try index.requireKind(of: "Nonsense!") }
  }
}
