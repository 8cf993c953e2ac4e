import Foundation
import Testing
import VicinalCore
import VicinalTestSupport

@Suite("Metric")
struct MetricTests {
  @Test("faiss codes make the round trip", arguments: Metric.everyMetric)
  func codes(metric: Metric) throws {
    #expect(try Metric(faissCode: metric.faissCode, argument: metric.argument) == metric)
    let coded = try JSONEncoder().encode(metric)
    #expect(try JSONDecoder().decode(Metric.self, from: coded) == metric)
  }

  @Test("codes are faiss's and differ")
  func distinctCodes() {
    #expect(
      Metric.everyMetric.map(\.faissCode).sorted() == [0, 1, 2, 3, 4, 20, 21, 22, 23, 24, 25])
    #expect(Metric.innerProduct.faissCode == 0)
    #expect(Metric.l2.faissCode == 1)
  }

  @Test(
    "codes that faiss does not define are refused",
    arguments: [-1, 5, 19, 26, .max, .min] as [Int32])
  func unknownCodes(code: Int32) {
    let error = #expect(throws: IndexError.self) { try Metric(faissCode: code) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("\(code)") == true)
  }

  @Test("Lp needs a positive finite p", arguments: [0, -1, .infinity, .nan] as [Float])
  func badExponents(p: Float) {
    let error = #expect(throws: IndexError.self) { try Metric(faissCode: 4, argument: p) }
    #expect(error?.code == .invalidArgument)
  }

  @Test("the argument matters for Lp only")
  func argument() throws {
    #expect(try Metric(faissCode: 4, argument: 2.5) == .lp(2.5))
    #expect(Metric.lp(2.5).argument == 2.5)
    #expect(try Metric(faissCode: 1, argument: 7) == .l2)
    #expect(Metric.l2.argument == 0)
  }

  @Test("direction and worst value fit together", arguments: Metric.everyMetric)
  func direction(metric: Metric) {
    #expect(metric.isSimilarity == [.innerProduct, .jaccard].contains(metric))
    #expect(metric.isBetter(2, than: 1) == metric.isSimilarity)
    #expect(!metric.isBetter(1, than: 1))
    for value: Float in [-1e30, 0, 1e30] { #expect(metric.isBetter(value, than: metric.worst)) }
    #expect(metric.allowsNaN == (metric == .nanEuclidean))
  }

  @Test("ranking puts better values first and orders ties by id")
  func ranking() {
    #expect(Metric.l2.ranks((id: 9, distance: 1), before: (id: 1, distance: 2)))
    #expect(Metric.innerProduct.ranks((id: 9, distance: 2), before: (id: 1, distance: 1)))
    #expect(Metric.l2.ranks((id: 1, distance: 1), before: (id: 2, distance: 1)))
    #expect(!Metric.l2.ranks((id: 2, distance: 1), before: (id: 2, distance: 1)))
    #expect(Metric.l2.ranks((id: 1, distance: -0.0), before: (id: 2, distance: 0)))
  }
}
