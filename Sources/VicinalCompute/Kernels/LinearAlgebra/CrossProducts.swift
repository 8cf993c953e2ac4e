import CVicinalKernels
package import VicinalCore

/// Σ over rows of a ⊗ b: the product of the transposed first matrix with the second, for few
/// columns and very many rows.
///
/// Sums are taken in float over blocks of rows and added up in double, so that they stay exact to
/// about seven digits however many rows there are.
package struct CrossProducts: Sendable {
  /// Columns of the first matrix.
  package let dimension: Int
  /// Columns of the second matrix.
  package let columns: Int
  /// Whether only columns of the result from the start of each strip on are wanted.
  private let isSymmetric: Bool
  private var strips: [Strip]

  /// Rows of the result that are worked on together.
  private struct Strip: Sendable {
    let rows: Range<Int>
    let firstColumn: Int
    var sums: [Double]
    var block: [Float]
  }

  /// Rows that are added up in float before they go into the sums in double.
  private static let blockRows = 1024

  /// Prepares sums of products of `dimension` with `columns` columns.
  package init(dimension: Int, columns: Int) throws(IndexError) {
    try self.init(dimension, columns, isSymmetric: false)
  }

  /// Prepares sums of products of rows with themselves.
  package init(symmetric dimension: Int) throws(IndexError) {
    try self.init(dimension, dimension, isSymmetric: true)
  }

  private init(_ dimension: Int, _ columns: Int, isSymmetric: Bool) throws(IndexError) {
    _ = try checkedProduct(dimension, columns, 12, of: "a matrix of products")
    (self.dimension, self.columns, self.isSymmetric) = (dimension, columns, isSymmetric)
    // Sixteen strips at most, so that threads have something to share and tiles stay whole.
    let unit = Int(VCL_STRIP_ROWS)
    let height = max(unit, (dimension + 16 * unit - 1) / (16 * unit) * unit)
    strips = stride(from: 0, to: dimension, by: height).map { first in
      let rows = first..<min(first + height, dimension)
      return Strip(
        rows: rows, firstColumn: isSymmetric ? first : 0,
        sums: [Double](repeating: 0, count: rows.count * columns),
        block: [Float](repeating: 0, count: rows.count * columns))
    }
  }

  /// Adds the products of some rows. Rounding depends on how rows are cut into calls, at other
  /// places than multiples of 1024, and on nothing else.
  ///
  /// - Complexity: O(rows · dimension · columns), half of it if symmetric.
  package mutating func add(
    _ a: borrowing VectorBatch, _ b: borrowing VectorBatch, kernels: KernelSet,
    execution: Execution
  ) throws(IndexError) {
    precondition(a.dimension == dimension && b.dimension == columns && a.count == b.count)
    let (count, dimension, columns) = (a.count, dimension, columns)
    try unsafe a.values.withUnsafeBufferPointer { a throws(IndexError) in
      try unsafe b.values.withUnsafeBufferPointer { b throws(IndexError) in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        // Safe to share: both are only read.
        try parallelUpdate(&strips, workers: execution.workerCount) {
          _, strip throws(IndexError) in
          for first in stride(from: 0, to: count, by: Self.blockRows) {
            try execution.checkCancellation()
            for place in strip.block.indices { strip.block[place] = 0 }
            unsafe kernels.functions.linear.cross(
              a + first * dimension, dimension, strip.rows.lowerBound, strip.rows.upperBound,
              b + first * columns, columns, strip.firstColumn, min(Self.blockRows, count - first),
              &strip.block)
            for place in strip.block.indices { strip.sums[place] += Double(strip.block[place]) }
          }
        }
      }
    }
  }

  /// The sums, `dimension × columns`.
  package var sums: Matrix<Double> {
    var values: [Double] = []
    values.reserveCapacity(dimension * columns)
    for strip in strips { values += strip.sums }
    var matrix = Matrix(trusted: values, dimension, columns)
    if isSymmetric {
      for row in 0..<dimension {
        for column in 0..<row { matrix[row, column] = matrix[column, row] }
      }
    }
    return matrix
  }
}
