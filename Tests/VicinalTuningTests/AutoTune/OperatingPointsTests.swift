import Foundation
import Testing
import VicinalCore
import VicinalTestSupport
import VicinalTuning

@Suite("Operating points")
struct OperatingPointsTests {
  private func filled(_ list: [(Double, Double)]) -> OperatingPoints {
    var points = OperatingPoints()
    for (number, (performance, seconds)) in list.enumerated() {
      points.add(
        OperatingPoint(
          performance: performance, seconds: seconds, key: "k\(number)", combination: number))
    }
    return points
  }

  @Test("the same points are optimal as in faiss, and cost the same")
  func faiss() throws {
    for (number, golden) in try FaissAutoTune.load().points.enumerated() {
      var points = OperatingPoints()
      for (place, isKept) in golden.kept.enumerated() {
        let point = OperatingPoint(
          performance: golden.performance[place], seconds: golden.seconds[place],
          key: "k\(place)", combination: place)
        #expect(points.add(point) == isKept, "sequence \(number), point \(place)")
      }
      #expect(points.all.count == golden.kept.count)
      #expect(points.optimal.map(\.combination) == golden.optimal, "sequence \(number)")
      for (asked, reached) in zip(golden.asked, golden.reached) {
        let seconds = points.seconds(for: asked)
        #expect(seconds == (reached > 1e49 ? nil : reached), "sequence \(number), \(asked)")
      }
    }
  }

  @Test("a point is optimal if and only if nothing dominates it, in whatever order they come")
  func pareto() {
    var generator = SplitMix64(seed: 201)
    for round in 0..<200 {
      let list = (0..<20).map { _ in
        (Double(generator.integer(below: 8)) / 7, Double(generator.integer(below: 8)) / 4)
      }
      let expected = list.filter { point in
        point.0 > 0
          && !list.contains {
            ($0.0 > point.0 && $0.1 <= point.1) || ($0.0 >= point.0 && $0.1 < point.1)
          }
      }
      for order in [list, list.reversed(), list.shuffled(using: &generator)] {
        let optimal = filled(order).optimal.dropFirst().map { "\($0.performance) \($0.seconds)" }
        #expect(Set(optimal) == Set(expected.map { "\($0.0) \($0.1)" }), "seed 201 round \(round)")
        #expect(Set(optimal).count == optimal.count, "seed 201 round \(round): one of equal points")
      }
    }
  }

  @Test("merging adds everything under new keys")
  func merging() {
    var points = filled([(0.5, 1), (0.9, 4)])
    let kept = points.merge(filled([(0.6, 0.5), (0.4, 3), (0.95, 9)]), prefix: "IVF8,Flat ")
    #expect(kept == 2 && points.all.count == 5)
    #expect(points.optimal.map(\.key) == ["", "IVF8,Flat k0", "k1", "IVF8,Flat k2"])
    #expect(points.fastest(reaching: 0.55)?.key == "IVF8,Flat k0")
    #expect(points.fastest(reaching: 0.96) == nil && points.seconds(for: 0) == 0)
  }

  @Test("senseless measurements are kept but never optimal")
  func senseless() {
    let points = filled([(.nan, 1), (0.5, .nan), (0.5, -1), (0, 0), (-1, 2), (0.5, 2)])
    #expect(points.all.count == 6 && points.optimal.map(\.combination) == [-1, 5])
  }

  @Test("tables, plots and JSON show the points")
  func shown() throws {
    let points = filled([(0.5, 1), (0.25, 2), (0.75, 3)])
    #expect(
      points.description == """
        Tested 3 operating points, 3 ones are Pareto-optimal:
        cno=-1 key= perf=0.0000 t=0.000000
        cno=0 key=k0 perf=0.5000 t=1.000000
        cno=2 key=k2 perf=0.7500 t=3.000000

        """)
    let all = points.table(onlyOptimal: false).split(separator: "\n").dropFirst()
    #expect(all.map { $0.hasSuffix(" *") } == [true, false, true])
    #expect(points.plot(onlyOptimal: false) == "0.5 1.0 k0\n0.25 2.0 k1\n0.75 3.0 k2\n")
    #expect(
      points.plot() == "0.0 0.0\n0.0 0.0 \n0.0 1.0\n0.5 1.0 k0\n0.5 3.0\n0.75 3.0 k2\n")
    let data = try JSONEncoder().encode(points)
    #expect(try JSONDecoder().decode(OperatingPoints.self, from: data) == points)
  }
}
