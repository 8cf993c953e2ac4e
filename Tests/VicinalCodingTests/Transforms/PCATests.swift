import Foundation
import Testing
import VicinalCoding
import VicinalCore
import VicinalTestSupport

@Suite("PCA")
struct PCATests {
  /// Independent coordinates with the given spreads, turned and moved away from the origin.
  private func sample(_ count: Int, spreads: [Float], seed: UInt64) throws -> Vectors {
    let dimension = spreads.count
    var generator = SplitMix64(seed: seed)
    var values: [Float] = []
    for _ in 0..<count { values += spreads.map { $0 * generator.normal() } }
    var rotation = try RandomRotation(inputDimension: dimension, outputDimension: dimension)
    try rotation.draw()
    let turned = try rotation.apply(VectorBatch(values.span, dimension: dimension))
    return Vectors(
      turned.enumerated().map { $1 + 50 + Float($0 % dimension) }, dimension: dimension,
      description: "\(count) vectors with spreads \(spreads), seed \(seed)")
  }

  private func trained(
    _ rows: Vectors, to dimension: Int, _ change: (inout PCA.Options) -> Void = { _ in }
  ) throws -> PCA {
    var options = PCA.Options()
    change(&options)
    var pca = try PCA(
      inputDimension: rows.dimension, outputDimension: dimension, options: options)
    try pca.train(on: rows.batch(), execution: Execution())
    return pca
  }

  /// Sums of products of the output coordinates.
  private func scatter(_ pca: PCA, _ rows: Vectors) throws -> [[Double]] {
    let output = Vectors(try pca.apply(rows.batch()), dimension: pca.outputDimension)
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: output.dimension), count: output.dimension)
    for row in 0..<output.count {
      let values = Array(output[row]).map(Double.init)
      for (a, first) in values.enumerated() {
        for (b, second) in values.enumerated() { sums[a][b] += first * second }
      }
    }
    return sums
  }

  @Test("outputs are centred, uncorrelated, and vary as the eigenvalues say")
  func directions() throws {
    let rows = try sample(900, spreads: [5, 3, 2, 1, 0.5, 0.25], seed: 1)
    let pca = try trained(rows, to: 4)
    #expect(pca.eigenvalues == pca.eigenvalues.sorted(by: >) && pca.eigenvalues.count == 6)
    // 900 vectors: spreads are found to a few percent.
    for (value, spread) in zip(pca.eigenvalues, [5, 3, 2, 1, 0.5, 0.25] as [Float]) {
      #expect(abs(value / 900 / (spread * spread) - 1) < 0.2)
    }
    let products = try scatter(pca, rows)
    for a in 0..<4 {
      for b in 0..<4 {
        let expected = a == b ? Double(pca.eigenvalues[a]) : 0
        #expect(abs(products[a][b] - expected) < 1e-4 * Double(pca.eigenvalues[0]), "\(a) \(b)")
      }
    }
    let output = try pca.apply(rows.batch())
    for column in 0..<4 {
      let sum = stride(from: column, to: output.count, by: 4).reduce(0.0) {
        $0 + Double(output[$1])
      }
      #expect(abs(sum / 900) < 1e-3)
    }
  }

  @Test("whitened outputs all vary equally; a direction without variation becomes zero")
  func whitening() throws {
    let rows = try sample(500, spreads: [4, 2, 1, 0.5], seed: 2)
    let products = try scatter(try trained(rows, to: 4) { $0.eigenPower = -0.5 }, rows)
    for a in 0..<4 {
      for b in 0..<4 {
        let expected: Double = a == b ? 1 : 0
        #expect(abs(products[a][b] - expected) < 1e-2, "\(a) \(b)")
      }
    }
    var flat = rows
    for row in 0..<flat.count { flat.values[row * 4 + 3] = rows.values[row * 4] }
    let output = try trained(flat, to: 4) { $0.eigenPower = -0.5 }.apply(flat.batch())
    #expect(output.allSatisfy { $0.isFinite && abs($0) < 1 })
    let kept = try trained(rows, to: 4) { ($0.eigenPower, $0.epsilon) = (-0.5, 1e9) }
    #expect(try scatter(kept, rows)[0][0] < 0.1, "epsilon damps")
  }

  @Test("a rotation afterwards keeps lengths and spreads what coordinates hold")
  func rotation() throws {
    let rows = try sample(500, spreads: [8, 1, 1, 1], seed: 3)
    let plain = try trained(rows, to: 3).apply(rows.batch())
    let turned = try trained(rows, to: 3) { $0.isRotated = true }.apply(rows.batch())
    for row in stride(from: 0, to: plain.count, by: 3) {
      var squares: (Float, Float) = (0, 0)
      for place in row..<row + 3 {
        squares.0 += plain[place] * plain[place]
        squares.1 += turned[place] * turned[place]
      }
      #expect(abs(squares.0.squareRoot() - squares.1.squareRoot()) < 1e-3)
    }
    #expect(plain != turned)
  }

  @Test("balanced groups have similar sums of eigenvalues")
  func bins() throws {
    let rows = try sample(400, spreads: [6, 5, 4, 3, 2, 1], seed: 4)
    let pca = try trained(rows, to: 6) { $0.balancedBins = 3 }
    let products = try scatter(pca, rows)
    let parts: [Double] = (0..<6).map { products[$0][$0] }
    let sums = [parts[0] + parts[1], parts[2] + parts[3], parts[4] + parts[5]]
    // 36 + 1, 25 + 4 and 16 + 9.
    #expect((sums.max() ?? 0) / (sums.min() ?? 1) < 2)
    let plain = try trained(rows, to: 6)
    #expect(abs(products[0][0] - Double(plain.eigenvalues[0])) < 1e-3 * products[0][0])
  }

  @Test("fewer vectors than dimensions give as many directions as there are vectors")
  func fewVectors() throws {
    var rows = DataShape.uniform.make(10, dimension: 40, seed: 5)
    for column in 0..<40 {
      let sum = (0..<10).reduce(Float(0)) { $0 + rows.values[$1 * 40 + column] }
      for row in 0..<10 { rows.values[row * 40 + column] -= sum / 10 }
    }
    let pca = try trained(rows, to: 9)
    #expect(pca.eigenvalues.count == 10 && pca.components.count == 400)
    // Nine directions hold ten centred vectors entirely.
    let output = try pca.apply(rows.batch())
    let back = try pca.reverse(VectorBatch(output.span, dimension: 9))
    let worst = zip(back, rows.values).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-5)
    let all = try trained(rows, to: 10)
    #expect(all.isReversible && all.eigenvalues[9] < 1e-4)
  }

  @Test("data far from the origin loses no precision")
  func offset() throws {
    let rows = DataShape.offset.make(600, dimension: 8, seed: 6)
    let pca = try trained(rows, to: 8)
    // The coordinates vary by 0.01 around 10⁴, known to 0.001.
    #expect(pca.eigenvalues.allSatisfy { $0 / 600 > 0.00005 && $0 / 600 < 0.0002 })
  }

  @Test("a large sample is thinned out")
  func thinning() throws {
    let rows = try sample(4000, spreads: [3, 1], seed: 7)
    let few = try trained(rows, to: 2) { $0.maxPointsPerDimension = 100 }
    #expect(abs(few.eigenvalues[0] / 200 / 9 - 1) < 0.4)
    #expect(abs(try trained(rows, to: 2).eigenvalues[0] / 2000 / 9 - 1) < 0.2)
  }
}
