import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Vectors taken out at the end of a flat index")
struct RemoveLastTests {
  /// So wide that a chunk has 512 rows.
  private static let dimension = 2048

  private func rows(_ count: Int) -> [Float] {
    var random = SplitMix64(seed: 8)
    return (0..<count * Self.dimension).map { _ in Float(random.next() % 64) / 8 }
  }

  @Test(
    "what is left is as if the others had never come, whichever chunks end",
    arguments: [0, 1, 76, 77, 100, 588, 589, 1100])
  func removal(removed: Int) throws {
    let values = rows(1100)
    var index = FlatIndex(dimension: Self.dimension)
    try index.add(VectorBatch(values.span, dimension: Self.dimension))
    let before = index
    try index.removeLast(removed)
    let left = 1100 - removed
    #expect(index.count == left)
    #expect(before.count == 1100)
    var expected = FlatIndex(dimension: Self.dimension)
    let kept = Array(values[..<(left * Self.dimension)])
    try expected.add(VectorBatch(kept.span, dimension: Self.dimension))
    let queries = Array(values[(1095 * Self.dimension)...])
    let batch = try VectorBatch(queries.span, dimension: Self.dimension)
    #expect(try index.search(batch, k: 7) == expected.search(batch, k: 7))
    // And what is added next takes the places that became free.
    try index.add(VectorBatch(queries.span, dimension: Self.dimension))
    try expected.add(VectorBatch(queries.span, dimension: Self.dimension))
    #expect(try index.search(batch, k: 7) == expected.search(batch, k: 7))
    #expect(throws: IndexError.self) { try index.removeLast(index.count + 1) }
  }
}
