import Testing
import VicinalCompute
import VicinalCore

@Suite("Matrix products")
struct ProductTests {
  private static let shapes = [
    (1, 1, 1), (1, 5, 3), (7, 1, 2), (12, 16, 32), (13, 17, 33), (25, 257, 31), (97, 64, 64),
    (200, 300, 65), (5, 600, 100),
  ]

  @Test("of BLAS agree with the definition, transposed or not, for any number of threads")
  func blas() throws {
    for (rows, depth, columns) in Self.shapes {
      let a = try randomMatrix(rows, depth, seed: 1)
      let b = try randomMatrix(depth, columns, seed: 2)
      var expected = try Matrix<Double>(zeros: rows, columns)
      for i in 0..<rows {
        for j in 0..<columns {
          for k in 0..<depth { expected[i, j] += a[i, k] * b[k, j] }
        }
      }
      let plain = try a.times(b, workers: 1)
      #expect(largestDifference(plain, expected) < 1e-12, "\(rows) \(depth) \(columns)")
      #expect(try a.times(b, workers: 3) == plain)
      #expect(largestDifference(try a.times(b.transposed, transposed: true), expected) < 1e-12)
      #expect(largestDifference(try a.transposed.times(b, transposingSelf: true), expected) < 1e-12)
    }
    #expect(throws: IndexError.self) {
      try randomMatrix(2, 3, seed: 1).times(try randomMatrix(2, 3, seed: 1))
    }
  }

  @Test("of packed matrices agree with the definition at every level")
  func packed() throws {
    for (count, columns, rows) in Self.shapes {
      let vectors = try randomMatrix(count, columns, seed: 3).floats
      let matrix = try randomMatrix(rows, columns, seed: 4).floats
      let bias = try randomMatrix(1, rows, seed: 5).floats
      let packed = PackedMatrix(matrix.span, rows: rows, columns: columns)
      for level in KernelSet.available {
        let kernels = try KernelSet(level)
        for offset in [[], bias] {
          let found = try packed.times(
            VectorBatch(vectors.span, dimension: columns), bias: offset, kernels: kernels,
            execution: Execution(workers: 2))
          for i in 0..<count {
            for j in 0..<rows {
              var truth = offset.isEmpty ? 0 : Double(offset[j])
              for k in 0..<columns {
                truth += Double(vectors[i * columns + k]) * Double(matrix[j * columns + k])
              }
              let error = abs(Double(found[i * rows + j]) - truth)
              // Rounding of a sum of as many terms of size up to 1.
              guard error < 1e-7 * Double(columns + 1) else {
                Issue.record("\(level) \(count)×\(columns)→\(rows), \(i) \(j): off by \(error)")
                return
              }
            }
          }
        }
      }
    }
  }

  @Test("a vector gives the same floats alone and in any batch, for any number of threads")
  func batches() throws {
    let (count, columns, rows) = (230, 300, 70)
    let vectors = try randomMatrix(count, columns, seed: 6).floats
    let matrix = try randomMatrix(rows, columns, seed: 7).floats
    let packed = PackedMatrix(matrix.span, rows: rows, columns: columns)
    for level in KernelSet.available {
      let kernels = try KernelSet(level)
      let all = try packed.times(
        VectorBatch(vectors.span, dimension: columns), bias: [], kernels: kernels,
        execution: Execution(workers: 3))
      for size in [1, 2, 5, 13, 96] {
        var pieces: [Float] = []
        let batch = try VectorBatch(vectors.span, dimension: columns)
        for first in stride(from: 0, to: count, by: size) {
          pieces += try packed.times(
            batch.rows(first..<min(first + size, count)), bias: [], kernels: kernels,
            execution: Execution(workers: 1))
        }
        #expect(pieces == all, "\(level), batches of \(size)")
      }
    }
  }

  @Test("of columns agree with the definition at every level, symmetric or not")
  func cross() throws {
    for (count, dimension, columns) in [
      (1, 1, 1), (3, 50, 7), (300, 33, 65), (4096, 20, 20), (513, 130, 97), (100, 97, 130),
    ] {
      let a = try randomMatrix(count, dimension, seed: 8)
      let b = try randomMatrix(count, columns, seed: 9)
      let (x, y) = (a.floats, b.floats)
      let expected = try Matrix(x.map(Double.init), rows: count, columns: dimension)
        .times(Matrix(y.map(Double.init), rows: count, columns: columns), transposingSelf: true)
      let own = try Matrix(x.map(Double.init), rows: count, columns: dimension)
      let square = try own.times(own, transposingSelf: true)
      for level in KernelSet.available {
        let kernels = try KernelSet(level)
        var results: [[Double]] = []
        for workers in [1, 3] {
          let execution = Execution(workers: workers)
          let (left, right) = (
            try VectorBatch(x.span, dimension: dimension),
            try VectorBatch(y.span, dimension: columns)
          )
          var products = try CrossProducts(dimension: dimension, columns: columns)
          try products.add(left, right, kernels: kernels, execution: execution)
          var symmetric = try CrossProducts(symmetric: dimension)
          try symmetric.add(left, left, kernels: kernels, execution: execution)
          // Float sums of a few hundred positive terms round by a few parts in 10⁷ of their size.
          let slack = 5e-7 * Double(count)
          #expect(largestDifference(products.sums, expected) < slack, "\(level) \(count)")
          #expect(largestDifference(symmetric.sums, square) < slack, "\(level) \(count)")
          results += [products.sums.values, symmetric.sums.values]
        }
        #expect(results[0] == results[2] && results[1] == results[3])
      }
    }
  }
}
