import Testing
import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

@Suite("Transforms that learn nothing, and names of all")
struct FixedTransformTests {
  @Test("maps follow faiss: the first coordinates, or spread evenly")
  func maps() throws {
    #expect(try RemapDimensions(inputDimension: 3, outputDimension: 5).map == [0, 1, 2, -1, -1])
    #expect(try RemapDimensions(inputDimension: 5, outputDimension: 3).map == [0, 1, 2])
    #expect(
      try RemapDimensions(inputDimension: 3, outputDimension: 7, isSpread: true).map
        == [0, -1, 1, -1, 2, -1, -1])
    #expect(
      try RemapDimensions(inputDimension: 7, outputDimension: 3, isSpread: true).map == [0, 2, 4])
    let swap = try RemapDimensions(inputDimension: 3, map: [2, -1, 0])
    let values: [Float] = [7, 8, 9]
    #expect(try swap.apply(VectorBatch(values.span, dimension: 3)) == [9, 0, 7])
    let moved: [Float] = [9, 5, 7]
    #expect(try swap.reverse(VectorBatch(moved.span, dimension: 3)) == [7, 0, 9])
  }

  @Test("a Hadamard rotation is what its definition says, for every size and level")
  func hadamard() throws {
    for dimension in [1, 2, 3, 8, 13, 16, 17, 64, 100] {
      let rotation = try HadamardRotation(inputDimension: dimension, seed: 7)
      let size = rotation.outputDimension
      #expect(size == TransformSpec.hadamard(seed: 7).outputDimension(for: dimension))
      var generator = SplitMix64(seed: 7)
      let signs = (0..<3).map { _ in
        (0..<size).map { _ in generator.next() & 1 == 0 ? -1.0 : 1.0 }
      }
      let row = DataShape.uniform.make(1, dimension: dimension, seed: 8)
      var expected = row.values.map(Double.init) + [Double](repeating: 0, count: size - dimension)
      for diagonal in signs {
        let turned = zip(expected, diagonal).map { $0 * $1 }
        expected = (0..<size).map { i in
          (0..<size).reduce(0.0) {
            $0 + ((i & $1).nonzeroBitCount.isMultiple(of: 2) ? turned[$1] : -turned[$1])
          }
        }
      }
      let scale = Double(size) * Double(size).squareRoot()
      for level in KernelSet.available {
        let found = try rotation.apply(row.batch(), execution: Execution(kernels: level))
        for (a, b) in zip(found, expected) { #expect(abs(Double(a) - b / scale) < 1e-6) }
      }
    }
  }

  @Test("a random rotation depends on its seed; a matrix knows whether it is a rotation")
  func orthonormality() throws {
    var (a, b) = (
      try RandomRotation(inputDimension: 9, outputDimension: 9, seed: 1),
      try RandomRotation(inputDimension: 9, outputDimension: 9, seed: 2)
    )
    try a.draw()
    try b.draw()
    let row = DataShape.uniform.make(1, dimension: 9, seed: 9)
    #expect(try a.apply(row.batch()) != b.apply(row.batch()))
    func isReversible(_ matrix: [Float], _ rows: Int, _ columns: Int) throws -> Bool {
      try LinearTransform(inputDimension: columns, outputDimension: rows, matrix: matrix)
        .isReversible
    }
    #expect(try isReversible([0, 1, 1, 0], 2, 2))
    #expect(try isReversible([0.6, 0.8], 1, 2) && isReversible([0.6, 0.8], 2, 1))
    #expect(try !isReversible([1, 0, 0, 1.001], 2, 2))
    #expect(try !isReversible([1, 0, 0.01, 1], 2, 2))
    #expect(try !isReversible([.nan], 1, 1))
    #expect(try !isReversible([Float](repeating: 0, count: 20), 4, 5))
  }

  @Test("a bias is added, and taken away again on the way back")
  func bias() throws {
    let linear = try LinearTransform(
      inputDimension: 2, outputDimension: 2, matrix: [0, 1, 1, 0], bias: [10, 20])
    let values: [Float] = [1, 2, 3, 4]
    let there = try linear.apply(VectorBatch(values.span, dimension: 2))
    #expect(there == [12, 21, 14, 23])
    #expect(try linear.reverse(VectorBatch(there.span, dimension: 2)) == values)
  }

  @Test(
    "names are understood and written as faiss does, and our own",
    arguments: [
      ("PCA8", 8), ("PCAR8", 8), ("PCAW8", 8), ("PCAWR8", 8), ("OPQ4", 16), ("OPQ4_8", 8),
      ("RR", 16), ("RR64", 64), ("ITQ", 16), ("ITQ8", 8), ("L2norm", 16), ("Pad24", 24),
      ("Pad8", 16), ("HR", 16), ("HR64", 16), ("AE8", 8), ("CC8", 8), ("CC8x64", 8),
    ])
  func names(word: String, output: Int) throws {
    let spec = try TransformSpec(parsing: word)
    #expect("\(spec)" == word)
    #expect(spec.outputDimension(for: 16) == output)
    let transform = try spec.makeTransform(inputDimension: 16)
    #expect(transform.inputDimension == 16 && transform.outputDimension == output)
  }

  @Test("what the names mean")
  func meanings() throws {
    #expect(try TransformSpec(parsing: "L2Norm") == .l2Normalization)
    #expect(try TransformSpec(parsing: "HR64").makeTransform(inputDimension: 5) is HadamardRotation)
    let whitened = try #require(
      try TransformSpec(parsing: "PCAWR3").makeTransform(inputDimension: 5) as? PCA)
    #expect(whitened.options.eigenPower == -0.5 && whitened.options.isRotated)
    let same = try #require(
      try TransformSpec(parsing: "ITQ5").makeTransform(inputDimension: 5) as? ITQTransform)
    #expect(same.hasPCA)
  }

  @Test(
    "wrong words are refused",
    arguments: [
      "PCA", "PCARW8", "PCA-8", "OPQ", "OPQ4_", "OPQ_8", "RR8x", "Pad", "HR-1", "PCA99999999999999",
      "Flat", "", "L2", "AE", "CC", "CC8x", "CC8x1", "AE8x4",
    ])
  func wrongNames(word: String) {
    expectError(.invalidSpecification) { _ = try TransformSpec(parsing: word) }
  }
}
