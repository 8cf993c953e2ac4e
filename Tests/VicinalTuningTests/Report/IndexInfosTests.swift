import Foundation
import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("What index_infos.json holds")
struct IndexInfosTests {
  @Test("everything comes back from JSON, recalls under flat names")
  func roundTrip() throws {
    let infos = ReportSample.infos()
    let data = try JSONEncoder().encode(infos)
    #expect(try JSONDecoder().decode(IndexInfos.self, from: data) == infos)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["recall@10"] as? Double == 0.97)
    let interval = try #require(object["recall@10 interval"] as? [Double])
    #expect(interval.count == 2 && interval[0] < 0.97 && interval[1] > 0.97)
    for key in [
      "index_key", "index_param", "index_path", "size in bytes", "avg_search_speed_ms",
      "99p_search_speed_ms", "reconstruction error %", "nb vectors", "vectors dimension",
      "compression ratio", "selection", "seed", "versions", "steps", "queries", "bounds",
    ] {
      #expect(object[key] != nil, "\(key)")
    }
  }

  @Test("files of older versions are read, what they lack stays empty")
  func older() throws {
    let text = #"{"index_key": "Flat", "10-recall@10": 1, "nb vectors": 7}"#
    let infos = try JSONDecoder().decode(IndexInfos.self, from: Data(text.utf8))
    var expected = IndexInfos()
    expected.indexKey = "Flat"
    expected.recallAt10 = 1
    expected.vectorCount = 7
    #expect(infos == expected)
  }

  @Test("a peak above its bound is warned of with both figures, one within is not")
  func peak() {
    var infos = IndexInfos()
    #expect(infos.notePeak(1_000_000, within: MemorySize(bytes: 1_000_000)) == nil)
    #expect(infos.peakMemoryInBytes == 1_000_000 && infos.warnings.isEmpty)
    let warning = infos.notePeak(1_000_001, within: MemorySize(bytes: 1_000_000))
    #expect(infos.peakMemoryInBytes == 1_000_001)
    #expect(infos.warnings == [warning])
    #expect(warning?.contains("(1000001B)") == true && warning?.contains("(1000000B)") == true)
    // What the system counts, unless another figure is given.
    infos.notePeak(within: MemorySize(bytes: .max))
    #expect(infos.peakMemoryInBytes > 1_000_001 && infos.warnings.count == 1)
  }

  @Test("intervals count queries, not their neighbours")
  func interval() {
    // Wilson's interval for 97 of 100, as statsmodels computes it.
    let figure = RecallFigure(k: 10, share: 0.97, queryCount: 100)
    #expect(abs(figure.low - 0.91548) < 1e-4 && abs(figure.high - 0.98975) < 1e-4)
    #expect(RecallFigure(k: 1, share: 1, queryCount: 0) == .init(k: 1, share: 1, low: 0, high: 1))
  }

  @Test("steps are timed from one begin to the next, and add up when they come again")
  func timer() throws {
    let timer = StepTimer()
    let execution = timer.observing(Execution(progress: { #expect($0.step == "train") }))
    timer.begin("open")
    execution.progress?(WorkProgress(step: "train", done: 0, total: 2))
    Thread.sleep(forTimeInterval: 0.02)
    execution.progress?(WorkProgress(step: "train", done: 1, total: 2))
    timer.begin("open")
    timer.begin("write")
    let steps = timer.finish()
    #expect(steps.map(\.step) == ["open", "train", "write"])
    #expect(steps[1].seconds >= 0.02 && steps[0].seconds < steps[1].seconds)
    #expect(timer.finish() == steps)
  }

  @Test("the reconstruction error is AutoFaiss's: mean length of what is lost")
  func reconstructionError() throws {
    let rows = DataShape.clustered.make(600, dimension: 8, seed: 17)
    var infos: [String: IndexInfos] = [:]
    for key in ["Flat", "SQ8", "SQ4", "OPQ4_8,IVF4,PQ4"] {
      var index = try IndexSpec(parsing: key).makeIndex(dimension: 8, metric: .l2)
      try index.train(on: rows)
      try index.add(rows)
      let queries = try HeldOutQueries.sampled(
        from: rows.source(), index: index, count: 50, k: 30)
      var measured = IndexInfos()
      try measured.measure(index, queries, Execution(workers: 1))
      infos[key] = measured
      #expect(measured.recalls.map(\.k) == [1, 10, 20], "\(key)")
      #expect(measured.queries == QueryOrigin(count: 50, areGiven: false))
      #expect(measured.p50Milliseconds <= measured.p95Milliseconds)
      #expect(measured.p95Milliseconds <= measured.p99Milliseconds)
      guard let codec = index as? any StandaloneCodec, key != "Flat" else { continue }
      let batch = try VectorBatch(queries.values.span, dimension: 8)
      let codes = try codec.encode(batch)
      let decoded = try codec.decode(codes.span.rawBytes)
      var (lost, length) = (0.0, 0.0)
      for row in 0..<50 {
        let range = row * 8..<row * 8 + 8
        lost += range.map { pow(Double(decoded[$0] - queries.values[$0]), 2) }.reduce(0, +)
          .squareRoot()
        length += range.map { pow(Double(queries.values[$0]), 2) }.reduce(0, +).squareRoot()
      }
      #expect(
        abs(measured.reconstructionErrorPercent - 100 * lost / length) < 1e-3, "\(key)")
    }
    #expect(infos["Flat"]?.reconstructionErrorPercent == 0)
    let fine = try #require(infos["SQ8"]).reconstructionErrorPercent
    let coarse = try #require(infos["SQ4"]).reconstructionErrorPercent
    #expect(fine > 0 && coarse > 4 * fine)
  }
}
