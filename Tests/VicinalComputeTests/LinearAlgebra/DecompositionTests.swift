import Testing
import VicinalCompute
import VicinalCore

/// A matrix of random numbers in −1…1.
func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64) throws -> Matrix<Double> {
  var generator = SplitMix64(seed: seed)
  let values = (0..<rows * columns).map { _ in Double.random(in: -1...1, using: &generator) }
  return try Matrix(values, rows: rows, columns: columns)
}

/// The largest difference between two matrices of one shape.
func largestDifference<Scalar>(_ a: Matrix<Scalar>, _ b: Matrix<Scalar>) -> Scalar {
  guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
  return zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
}

func identity(_ size: Int) throws -> Matrix<Double> {
  var matrix = try Matrix<Double>(zeros: size, size)
  for place in 0..<size { matrix[place, place] = 1 }
  return matrix
}

@Suite("Decompositions")
struct DecompositionTests {
  @Test("eigenvectors rebuild a symmetric matrix", arguments: [1, 2, 3, 17, 64])
  func eigen(size: Int) throws {
    let half = try randomMatrix(size, size, seed: UInt64(size))
    let matrix = try half.times(half, transposed: true)
    let (values, vectors) = try matrix.symmetricEigen()
    #expect(values == values.sorted(by: >))
    #expect(
      largestDifference(try vectors.times(vectors, transposed: true), try identity(size)) < 1e-12)
    var scaled = vectors
    for row in 0..<size {
      for column in 0..<size { scaled[row, column] *= values[row] }
    }
    let rebuilt = try vectors.times(scaled, transposingSelf: true)
    #expect(largestDifference(rebuilt, matrix) < 1e-12 * Double(size))
  }

  @Test(
    "singular values rebuild a matrix", arguments: [(1, 1), (5, 3), (3, 5), (40, 40), (33, 70)])
  func singular(rows: Int, columns: Int) throws {
    let matrix = try randomMatrix(rows, columns, seed: 7)
    let (u, values, vt) = try matrix.singularValues()
    let least = min(rows, columns)
    #expect(values == values.sorted(by: >) && values.count == least)
    #expect(largestDifference(try u.times(u, transposingSelf: true), try identity(least)) < 1e-12)
    #expect(largestDifference(try vt.times(vt, transposed: true), try identity(least)) < 1e-12)
    var scaled = vt
    for row in 0..<least {
      for column in 0..<columns { scaled[row, column] *= values[row] }
    }
    #expect(largestDifference(try u.times(scaled), matrix) < 1e-12)
    let floats = try Matrix(matrix.floats, rows: rows, columns: columns).singularValues()
    for (a, b) in zip(floats.values, values) { #expect(abs(Double(a) - b) < 1e-4) }
  }

  @Test("orthonormal rows keep the spans", arguments: [(1, 1), (1, 4), (4, 4), (9, 30), (30, 30)])
  func orthonormal(rows: Int, columns: Int) throws {
    let matrix = try randomMatrix(rows, columns, seed: 8)
    let q = try matrix.orthonormalRows()
    #expect(largestDifference(try q.times(q, transposed: true), try identity(rows)) < 1e-12)
    // Row i of the matrix lies in the span of rows 0…i of q, with a positive part along row i.
    let parts = try matrix.times(q, transposed: true)
    for row in 0..<rows {
      #expect(parts[row, row] > 0)
      for later in row + 1..<max(row + 1, rows) { #expect(abs(parts[row, later]) < 1e-12) }
    }
  }

  @Test("what cannot be decomposed is refused")
  func refusals() throws {
    var broken = try identity(3)
    broken[1, 1] = .nan
    #expect(throws: IndexError.self) { try broken.symmetricEigen() }
    #expect(throws: IndexError.self) { try broken.singularValues() }
    #expect(throws: IndexError.self) { try randomMatrix(3, 2, seed: 1).symmetricEigen() }
    #expect(throws: IndexError.self) { try randomMatrix(3, 2, seed: 1).orthonormalRows() }
    #expect(throws: IndexError.self) { try Matrix<Float>([1, 2, 3], rows: 2, columns: 2) }
  }
}
