import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Sizes and metrics without sense")
struct ExtremeSizeTests {
  private let rows = DataShape.uniform.make(50, dimension: 4, seed: 901)

  @Test(
    "a flat index of any dimension can be made, and refuses vectors of another",
    arguments: [Int.min, -1, 0, 1 << 21, 1 << 33, 1 << 62, .max])
  func flatDimension(dimension: Int) throws {
    var index = FlatIndex(dimension: dimension)
    #expect(index.count == 0 && index.byteCount == 0 && index.dimension == dimension)
    expectError(.dimensionMismatch) { try index.add(rows) }
    expectError(.dimensionMismatch) { try index.train(on: rows) }
    expectError(.dimensionMismatch) { _ = try index.search(rows, k: 1) }
    expectError(.notFound) { _ = try index.reconstruct(0) }
    #expect(try index.remove(.all([])) == 0)
    try index.setAccelerated(false)
    try index.setAccelerated(true)
    index.trim()
  }

  @Test("an inverted file of any dimension can be made, and refuses vectors of another")
  func listDimension() throws {
    for dimension in [1 << 21, 1 << 33, 1 << 62, .max] {
      var index = try IVFIndex(dimension: dimension, listCount: 8)
      #expect(index.count == 0 && index.byteCount < 1 << 20)
      expectError(.dimensionMismatch) { try index.train(on: rows) }
    }
  }

  @Test("more lists than fit into memory are refused before they are made")
  func listCount() throws {
    for count in [1 << 50, 1 << 60, .max] {
      expectError(.memoryBound, naming: ["\(count)"]) {
        _ = try IVFIndex(dimension: 4, listCount: count)
      }
    }
  }

  @Test("Lp needs a finite p above 0", arguments: [Float.nan, 0, -1, .infinity])
  func undefinedMetric(p: Float) throws {
    var index = FlatIndex(dimension: 4, metric: .lp(p))
    expectError(.invalidArgument, naming: ["Lp"]) { try index.add(rows) }
    expectError(.invalidArgument, naming: ["Lp"]) { try index.train(on: rows) }
    expectError(.invalidArgument, naming: ["Lp"]) { _ = try index.search(rows, k: 1) }
    expectError(.invalidArgument, naming: ["Lp"]) { _ = try index.rangeSearch(rows, radius: 1) }
    #expect(index.count == 0)
  }

  @Test("results without places have no queries")
  func noPlaces() {
    #expect(Neighbors(k: 0, distances: [], ids: []).queryCount == 0)
  }
}
