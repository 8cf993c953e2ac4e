import Foundation
import Testing
import VicinalTuning

@Suite("MeasuredPoint")
struct MeasuredPointTests {
  @Test("JSON is flat, with recalls by k, and comes back")
  func json() throws {
    let point = MeasuredPoint(
      parameters: "nprobe=4", recall: [1: 0.5, 10: 0.25, 100: 1], queryCount: 100,
      latency: Latency(milliseconds: [1, 2, 3]))
    let data = try JSONEncoder().encode(point)
    let keys = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys
    #expect(
      Set(keys) == [
        "parameters", "recall@1", "recall@10", "recall@100", "recall_interval", "mean_ms", "p50_ms",
        "p95_ms", "p99_ms",
      ])
    #expect(try JSONDecoder().decode(MeasuredPoint.self, from: data) == point)
    #expect(point.meanMilliseconds == 2 && point.p50Milliseconds == 2)
  }

  @Test(
    "Wilson's interval, with values computed by hand",
    arguments: [
      (0.5, 100, 0.40383, 0.59617), (1, 100, 0.96301, 1), (0, 100, 0, 0.03699),
      (0.9, 1000, 0.87986, 0.91708),
    ] as [(Double, Int, Double, Double)])
  func wilson(share: Double, count: Int, low: Double, high: Double) {
    let found = MeasuredPoint.wilsonInterval(share: share, count: count)
    #expect(abs(found[0] - low) < 1e-4 && abs(found[1] - high) < 1e-4, "\(found)")
    #expect(MeasuredPoint.wilsonInterval(share: share, count: 0) == [0, 1])
  }
}
