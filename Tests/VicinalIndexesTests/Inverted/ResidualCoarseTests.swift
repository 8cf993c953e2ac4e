import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Cells that are sums of entries")
struct ResidualCoarseTests {
  private static let points = DataShape.clustered.make(600, dimension: 8, seed: 81)

  private func trained() throws -> ResidualCoarseQuantizer {
    var cells = try ResidualCoarseQuantizer(
      AdditiveQuantizer(dimension: 8, bits: [4, 2]))
    let points = Self.points
    try cells.train(on: points.batch(), execution: Execution())
    return cells
  }

  @Test("a full beam finds the nearest cells, a narrow one most of them")
  func nearest() throws {
    var cells = try trained()
    #expect(cells.count == 64)
    let queries = DataShape.clustered.make(20, dimension: 8, seed: 82)
    var centroids: [[Float]] = []
    for cell in 0..<64 { centroids.append(try cells.reconstruct(Int64(cell))) }
    let wanted = (0..<20).map { query in
      centroids.enumerated().map { cell, centroid in
        let sum = zip(queries[query], centroid).reduce(0.0) {
          $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
        }
        return (sum, cell)
      }.sorted { $0 < $1 }
    }
    cells.beamFactor = -1
    let all = try cells.search(queries.batch(), k: 5, options: SearchOptions())
    cells.beamFactor = 2
    let some = try cells.search(queries.batch(), k: 5, options: SearchOptions())
    var common = 0
    for query in 0..<20 {
      for place in 0..<5 {
        let (distance, cell) = wanted[query][place]
        #expect(all.ids[query * 5 + place] == Int64(cell), "query \(query)")
        #expect(
          abs(Double(all.distances[query * 5 + place]) - distance) < 1e-5 * (1 + distance),
          "query \(query)")
        if some.ids[query * 5..<(query + 1) * 5].contains(Int64(cell)) { common += 1 }
      }
    }
    #expect(common >= 85, "\(common) of 100")
  }

  @Test("inverted lists are found through it")
  func lists() throws {
    var index = try IVFIndex(
      dimension: 8, listCount: 64,
      coarse: ResidualCoarseQuantizer(AdditiveQuantizer(dimension: 8, bits: [4, 2])))
    let points = Self.points
    try index.train(on: points.batch(), execution: Execution())
    try index.add(points.batch(), execution: Execution())
    let found = try index.search(
      points.batch(), k: 1, options: SearchOptions(probes: 1))
    #expect(found.ids == (0..<600).map(Int64.init))
  }

  @Test("what cannot be cells is refused")
  func refusals() throws {
    expectError(.invalidArgument) {
      _ = try ResidualCoarseQuantizer(
        AdditiveQuantizer(dimension: 8, bits: [4, 4], parts: 2))
    }
    expectError(.invalidArgument) {
      _ = try ResidualCoarseQuantizer(AdditiveQuantizer(dimension: 8, bits: [16, 16]))
    }
    expectError(.unsupported) {
      _ = try ResidualCoarseQuantizer(
        AdditiveQuantizer(dimension: 8, bits: [4]), metric: .innerProduct)
    }
  }
}
