import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("TransformedIndex: chains of transforms")
struct TransformChainTests {
  private let rows = DataShape.clustered.make(500, dimension: 16, seed: 71)
  private let queries = DataShape.clustered.make(12, dimension: 16, seed: 72)

  /// Centred, rotated and reduced, in front of an index over 6 dimensions.
  private func chain() throws -> [any VectorTransform] {
    [
      try Centering(dimension: 16), try RandomRotation(inputDimension: 16, outputDimension: 16),
      try PCA(inputDimension: 16, outputDimension: 6),
    ]
  }

  private func filled(_ inner: any VectorIndex) throws -> TransformedIndex {
    var index = try TransformedIndex(chain(), inner)
    #expect(!index.isTrained && index.dimension == 16)
    try index.train(on: rows.batch())
    try index.add(rows.batch())
    return index
  }

  @Test("every transform is trained on what those before it give, then the index")
  func training() throws {
    let index = try filled(IVFIndex(dimension: 6, metric: .l2, listCount: 7))
    #expect(index.isTrained && index.count == 500 && index.metric == .l2)
    var values = rows
    for transform in index.chain.transforms {
      if let centering = transform as? Centering {
        let sum = values.values.reduce(0.0) { $0 + Double($1) }
        let mean = centering.mean.reduce(0.0) { $0 + Double($1) }
        #expect(abs(sum / 500 - mean) < 1e-3)
      }
      if let pca = transform as? PCA { #expect(pca.mean.allSatisfy { abs($0) < 1e-5 }) }
      values = Vectors(try transform.apply(values.batch()), dimension: transform.outputDimension)
    }
    #expect(values.values == (try index.chain.apply(rows.batch(), execution: Execution())))
    #expect(index.byteCount > index.inner.byteCount)
  }

  @Test("searches find what brute force finds behind the transforms")
  func searching() throws {
    let index = try filled(FlatIndex(dimension: 6))
    func moved(_ vectors: Vectors) throws -> Vectors {
      Vectors(try index.chain.apply(vectors.batch(), execution: Execution()), dimension: 6)
    }
    let oracle = Oracle(try moved(rows), metric: .l2)
    let questions = try moved(queries)
    expectSameNeighbors(
      try index.search(queries, k: 9), oracle.nearest(questions, k: 9), tolerance: 1e-5)
    expectSameRange(
      try index.rangeSearch(queries.batch(), radius: 3, options: SearchOptions()), oracle,
      questions, radius: 3, tolerance: 1e-5)
  }

  @Test("vectors come back through all transforms; not where one cannot be reversed")
  func reconstructing() throws {
    let index = try filled(FlatIndex(dimension: 6))
    // Clusters of 4 directions and a little noise are kept by 6 dimensions only in part.
    let seventh = rows.rows(7..<8)
    let expected = try index.chain.apply(seventh.batch(), execution: Execution())
    let back = try index.reconstruct(7)
    #expect(back.count == 16)
    let again = try index.chain.apply(
      VectorBatch(back.span, dimension: 16), execution: Execution())
    for (a, b) in zip(again, expected) { #expect(abs(a - b) < 1e-4) }

    var whitened = try TransformedIndex(
      [TransformSpec(parsing: "PCAW4").makeTransform(inputDimension: 16)],
      FlatIndex(dimension: 4))
    try whitened.train(on: rows.batch())
    try whitened.add(rows.batch())
    expectError(.unsupported, naming: ["PCA"]) { _ = try whitened.reconstruct(0) }
  }

  @Test("ids, removal and copies pass through")
  func capabilities() throws {
    var index = try filled(IVFIndex(dimension: 6, metric: .l2, listCount: 3))
    let copy = index
    let ids: [Int64] = (0..<12).map { 9000 + $0 }
    try index.add(queries.batch(), ids: ids.span, execution: Execution())
    let found = try index.search(queries.batch(), k: 1, options: SearchOptions(probes: 3))
    #expect(found.ids == ids)
    #expect(try index.remove(.range(9000..<9012)) == 12)
    #expect(index.count == 500 && copy.count == 500)
  }

  @Test("training that fails leaves everything as it was")
  func failure() throws {
    var index = try TransformedIndex(chain(), IVFIndex(dimension: 6, metric: .l2, listCount: 50))
    let few = rows.rows(0..<20)
    expectError(.insufficientData) { try index.train(on: few.batch()) }
    #expect(index.chain.transforms.allSatisfy { !$0.isTrained } && !index.isTrained)
    expectError(.notTrained) { try index.add(rows.batch()) }
    expectError(.notTrained) { _ = try index.search(queries, k: 1) }
  }

  @Test("dimensions must follow on each other; an empty chain changes nothing")
  func dimensions() throws {
    expectError(.dimensionMismatch) {
      _ = try TransformedIndex(chain(), FlatIndex(dimension: 7))
    }
    expectError(.dimensionMismatch) {
      _ = try TransformedIndex(
        [L2Normalization(dimension: 5), L2Normalization(dimension: 6)], FlatIndex(dimension: 6))
    }
    var index = try TransformedIndex([], FlatIndex(dimension: 16))
    try index.train(on: rows.batch())
    try index.add(rows.batch())
    #expect(try index.reconstruct(3) == Array(rows[3]) && index.dimension == 16)
  }

  @Test("NaN is refused by row before any transform")
  func notFinite() throws {
    var broken = rows
    broken.values[16 * 3] = .nan
    var index = try filled(FlatIndex(dimension: 6))
    expectError(.notFinite, naming: ["row 3"]) { try index.add(broken.batch()) }
  }
}
