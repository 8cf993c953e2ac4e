import Foundation
import Testing
import VicinalIndexes
import VicinalTuning

@Suite("Extrapolation from a sample")
struct ExtrapolationTests {
  private func point(_ recall: Double, _ milliseconds: Double, _ text: String = "") -> MeasuredPoint
  {
    MeasuredPoint(
      parameters: text, recall: [10: recall], queryCount: 500,
      latency: Latency(milliseconds: [milliseconds]))
  }

  private let model = Extrapolation(
    sampleCount: 50_000, count: 800_000, rowMilliseconds: 1e-5, queryCount: 500)

  @Test("nothing changes where the sample is everything")
  func identity() {
    let same = Extrapolation(
      sampleCount: 5000, count: 5000, rowMilliseconds: 1e-5, queryCount: 500)
    let points = [point(0.9, 0.1, "efSearch=16")]
    let smaller = ["efSearch=16": point(0.99, 0.01)]
    for spec in [IndexSpec.flat, .hnsw(links: 16), .ivf(listCount: 512, coarse: .flat)] {
      let predicted = same.predicted(spec, points: points, smaller: smaller)
      #expect(predicted.map(\.recall) == points.map(\.recall))
      #expect(predicted.map(\.meanMilliseconds) == points.map(\.meanMilliseconds))
      #expect(same.buildSeconds(spec, sample: 3, smaller: 1) == 3)
    }
  }

  private func odds(_ share: Double) -> Double { share / (1 - share) }

  /// Recall@10 over all vectors where every setting has one on a quarter of the sample, if known.
  private func predicted(
    _ spec: IndexSpec, _ settings: [(text: String, recall: Double, quarter: Double?)]
  ) -> [Double] {
    let smaller = settings.compactMap { setting in
      setting.quarter.map { (setting.text, point($0, 0.1, setting.text)) }
    }
    return model.predicted(
      spec, points: settings.map { point($0.recall, 0.1, $0.text) },
      smaller: Dictionary(uniqueKeysWithValues: smaller)
    ).compactMap { $0.recall[10] }
  }

  @Test("recall of codes falls with log n on the logit scale, and never rises")
  func recall() throws {
    // Twice four times more vectors: twice the step from 0.9 to 0.8 in logits.
    let expected = odds(0.8) * (odds(0.8) / odds(0.9)) * (odds(0.8) / odds(0.9))
    let bytes = try IndexSpec(parsing: "SQ8")
    let found = predicted(bytes, [("x=64", 0.8, 0.9)])[0]
    #expect(abs(odds(found) / expected - 1) < 1e-9, "\(found)")
    #expect(predicted(bytes, [("x=64", 0.8, 0.7)]) == [0.8])
    #expect(predicted(bytes, [("x=64", 0.8, nil)]) == [0.8])
    #expect(predicted(bytes, [("x=64", 1, 1)]) == [1])
  }

  @Test(
    "codes that are not compared again lose something whatever a quarter shows",
    arguments: ["PQ16", "IVF64,PQ16", "PCA8,IVF64,RaBitQ", "PQ16,Refine(Flat)", "IVF64,PQ8,RFlat"])
  func recallOfCodes(key: String) throws {
    let spec = try IndexSpec(parsing: key)
    for quarter in [0.7, 0.8, 0.95] {
      let found = predicted(spec, [("nprobe=4", 0.8, quarter)])[0]
      let least = pow(16, -0.15) * odds(0.8)
      if key.contains("R") && !key.contains("RaBitQ") {
        #expect(quarter > 0.8 || found == 0.8, "\(key), \(quarter): \(found)")
      } else {
        #expect(odds(found) <= least * (1 + 1e-9), "\(key), \(quarter): \(found)")
      }
    }
  }

  @Test("recall of a graph falls by the same factor of odds whatever a quarter shows")
  func recallOfGraphs() throws {
    for quarter in [0.99, 0.8, nil] {
      let found = predicted(.hnsw(links: 16), [("efSearch=16", 0.9, quarter)])[0]
      #expect(abs(odds(found) / odds(0.9) - pow(16, -0.4)) < 1e-9, "\(found)")
    }
  }

  @Test("recall of lists falls as it did where the same share of lists was visited")
  func recallOfLists() {
    // 16 times more vectors: what 16 lists will show, 16 / (2 · 4) = 2 have shown, and 4 for 32.
    let lists = IndexSpec.ivf(listCount: 4096, coarse: .flat)
    let found = predicted(
      lists,
      [
        ("nprobe=2", 0.5, 0.6), ("nprobe=4", 0.7, 0.8), ("nprobe=16", 0.9, 0.99),
        ("nprobe=32", 0.95, 1),
      ])
    for (place, share, (after, before)) in [
      (0, 0.5, (0.5, 0.6)), (1, 0.7, (0.5, 0.6)), (2, 0.9, (0.5, 0.6)), (3, 0.95, (0.7, 0.8)),
    ] {
      let expected = odds(share) * (odds(after) / odds(before)) * (odds(after) / odds(before))
      #expect(abs(odds(found[place]) / expected - 1) < 1e-6, "\(place): \(found)")
    }
    // Rising is noise; without a quarter something is lost all the same.
    #expect(predicted(lists, [("nprobe=4", 0.7, 0.6)]) == [0.7])
    let unknown = predicted(lists, [("nprobe=4", 0.7, nil)])[0]
    #expect(unknown < 0.7 && unknown > 0.5)
    // Other settings are compared with their like only.
    let factors = predicted(
      lists, [("nprobe=4,k_factor_rf=1", 0.7, 0.9), ("nprobe=4,k_factor_rf=4", 0.8, 0.8)])
    #expect(factors[0] < 0.6 && factors[1] == 0.8)
  }

  @Test("time grows with n, with the number of cells, or with log n")
  func time() {
    #expect(abs(model.time(.flat, point(1, 0.5), nil) - 8) < 1e-9)
    let lists = IndexSpec.ivf(listCount: 4096, coarse: .flat)
    let cells = 4096 - 4096.0 / 16
    #expect(abs(model.time(lists, point(0.9, 0.1), nil) - (0.1 + cells * 1e-5)) < 1e-9)
    let graph = model.time(.hnsw(links: 16), point(0.9, 0.1), nil)
    #expect(graph > 0.12 && graph < 0.13)
    #expect(model.time(.hnsw(links: 16), point(0.9, 0.1), point(0.9, 0.04)) > graph)
  }

  @Test("cells are scaled with the vectors, behind everything; codes get no polysemous training")
  func scaled() throws {
    for (key, expected) in [
      ("IVF4096,Flat", "IVF256,Flat"), ("IVF65536_HNSW32,PQ8", "IVF4096_HNSW32,PQ8np"),
      ("OPQ8_16,IVF2048_HNSW32,PQ8", "OPQ8_16,IVF128,PQ8np"), ("IVF4,Flat", "IVF1,Flat"),
      ("IDMap,IVF4096,SQ8", "IDMap,IVF256,SQ8"), ("IVF4096,SQ8,RFlat", "IVF256,SQ8,RFlat"),
      ("HNSW32,Flat", "HNSW32,Flat"), ("Flat", "Flat"), ("OPQ8,PQ8", "OPQ8,PQ8np"),
    ] {
      let spec = try IndexSpec(parsing: key)
      let found = Extrapolation.scaled(spec, from: 800_000, to: 50_000)
      #expect(found == (try IndexSpec(parsing: expected)), "\(key): \(found)")
    }
  }
}
