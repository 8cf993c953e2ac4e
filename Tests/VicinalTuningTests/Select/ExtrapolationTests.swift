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

  @Test("recall falls with log n on the logit scale, and never rises")
  func recall() {
    // Twice four times more vectors: twice the step from 0.9 to 0.8 in logits.
    let odds: (Double) -> Double = { $0 / (1 - $0) }
    let expected = odds(0.8) * (odds(0.8) / odds(0.9)) * (odds(0.8) / odds(0.9))
    let found = model.recall(0.8, 0.9, places: 10)
    #expect(abs(odds(found) / expected - 1) < 1e-9, "\(found)")
    #expect(model.recall(0.8, 0.7, places: 10) == 0.8)
    #expect(model.recall(0.8, nil, places: 10) == 0.8)
    #expect(model.recall(1, 1, places: 10) <= 1 && model.recall(1, 1, places: 10) > 0.99)
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

  @Test("cells are scaled with the vectors, behind everything")
  func scaled() throws {
    for (key, expected) in [
      ("IVF4096,Flat", "IVF256,Flat"), ("IVF65536_HNSW32,PQ8", "IVF4096_HNSW32,PQ8"),
      ("OPQ8_16,IVF2048_HNSW32,PQ8", "OPQ8_16,IVF128,PQ8"), ("IVF4,Flat", "IVF1,Flat"),
      ("IDMap,IVF4096,SQ8", "IDMap,IVF256,SQ8"), ("IVF4096,SQ8,RFlat", "IVF256,SQ8,RFlat"),
      ("HNSW32,Flat", "HNSW32,Flat"), ("Flat", "Flat"),
    ] {
      let spec = try IndexSpec(parsing: key)
      let found = Extrapolation.scaled(spec, from: 800_000, to: 50_000)
      #expect(found == (try IndexSpec(parsing: expected)), "\(key): \(found)")
    }
  }
}
