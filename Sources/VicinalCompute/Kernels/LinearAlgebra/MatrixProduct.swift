package import VicinalCore

/// The product of two matrices; either may be given transposed.
///
/// Rows of the result are cut into strips whose height depends on the shape alone, and each strip
/// is one call of BLAS, so the number of threads does not change a bit.
///
/// - Parameters:
///   - a: `rows × depth` numbers, or `depth × rows` if transposed; row-major.
///   - b: `depth × columns` numbers, or `columns × depth` if transposed; row-major.
/// - Returns: `rows × columns` numbers, row-major.
/// - Complexity: O(rows · depth · columns).
package func matrixProduct<Scalar: BLASScalar>(
  _ a: Span<Scalar>, _ b: Span<Scalar>, transposingA isTransposedA: Bool = false,
  transposingB isTransposedB: Bool = false, rows: Int, depth: Int, columns: Int, workers: Int = 1
) throws(IndexError) -> [Scalar] {
  let (sizeA, sizeB) = (
    try checkedProduct(rows, depth, of: "a matrix"),
    try checkedProduct(depth, columns, of: "a matrix")
  )
  let size = try checkedProduct(rows, columns, of: "a matrix")
  guard a.count == sizeA, b.count == sizeB, max(rows, depth, columns) < Int(Int32.max) else {
    throw IndexError(
      .invalidArgument,
      "a product of \(rows) × \(depth) and \(depth) × \(columns) got \(a.count) and \(b.count)"
        + " numbers")
  }
  var result = [Scalar](repeating: 0, count: size)
  guard size > 0, depth > 0 else { return result }
  prepareBLAS()
  let height = max(32, min(512, (rows + 15) / 16))
  let strips = stride(from: 0, to: rows, by: height).map { $0..<min($0 + height, rows) }
  try unsafe a.withUnsafeBufferPointer { a throws(IndexError) in
    try unsafe b.withUnsafeBufferPointer { b throws(IndexError) in
      try unsafe result.withUnsafeMutableBufferPointer { result throws(IndexError) in
        guard let a = a.baseAddress, let b = b.baseAddress, let c = result.baseAddress else {
          return
        }
        // Safe to share: a and b are only read, and every strip of c has one writer.
        _ = try parallelMap(strips.count, workers: workers) { number in
          let strip = strips[number]
          unsafe Scalar.gemm(
            isTransposedA, isTransposedB, Int32(strip.count), Int32(columns), Int32(depth),
            a + (isTransposedA ? strip.lowerBound : strip.lowerBound * depth),
            Int32(isTransposedA ? rows : depth), b, Int32(isTransposedB ? depth : columns),
            c + strip.lowerBound * columns, Int32(columns))
        }
      }
    }
  }
  return result
}

extension Matrix {
  /// This matrix times another; either transposed if asked.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the shapes do not fit.
  package func times(
    _ other: Matrix, transposed: Bool = false, transposingSelf: Bool = false, workers: Int = 1
  ) throws(IndexError) -> Matrix {
    let (rows, depth) = transposingSelf ? (columns, rows) : (rows, columns)
    let (otherDepth, columns) =
      transposed ? (other.columns, other.rows) : (other.rows, other.columns)
    guard depth == otherDepth else {
      throw IndexError(
        .invalidArgument,
        "a matrix with \(depth) columns cannot be multiplied with one of \(otherDepth) rows")
    }
    let product = try matrixProduct(
      values.span, other.values.span, transposingA: transposingSelf, transposingB: transposed,
      rows: rows, depth: depth, columns: columns, workers: workers)
    return Matrix(trusted: product, rows, columns)
  }
}
