package import VicinalCore

#if canImport(COpenBLAS)
  import COpenBLAS
#else
  import Accelerate
#endif

/// Largest side of a matrix that is decomposed: LAPACK counts its memory in 32 bits.
private let largestSide = 30_000

private func requireSide(_ side: Int) throws(IndexError) {
  guard side <= largestSide else {
    throw IndexError(
      .unsupported, "matrices of more than \(largestSide) rows cannot be decomposed, got \(side)")
  }
}

private func requireSuccess(_ info: Int32, _ what: String) throws(IndexError) {
  guard info == 0 else {
    throw IndexError(.invalidArgument, "\(what) did not converge (LAPACK says \(info))")
  }
}

extension Matrix where Scalar == Double {
  /// Eigenvalues, largest first, and unit eigenvectors, one per row, of a symmetric matrix. Only
  /// the part on and above the diagonal is read.
  ///
  /// - Throws: ``IndexError/Code/notFinite``, ``IndexError/Code/unsupported`` above 30,000 rows.
  /// - Complexity: O(rows³).
  package func symmetricEigen() throws(IndexError) -> (values: [Double], vectors: Matrix) {
    guard rows == columns else {
      throw IndexError(.invalidArgument, "a matrix of \(rows) × \(columns) is not symmetric")
    }
    try requireSide(rows)
    try requireFinite("a symmetric matrix")
    guard rows > 0 else { return ([], self) }
    prepareBLAS()
    var (vectors, found) = (values, [Double](repeating: 0, count: rows))
    // LAPACK reads columns: what is above the diagonal for us is below for it.
    var (job, part, n, info) = (CChar(86), CChar(76), Int32(rows), Int32(0))
    var (size, integerSize) = (Int32(-1), Int32(-1))
    var (best, bestIntegers) = (0.0, Int32(0))
    unsafe dsyevd_(
      &job, &part, &n, &vectors, &n, &found, &best, &size, &bestIntegers, &integerSize, &info)
    try requireSuccess(info, "an eigenvalue decomposition")
    (size, integerSize) = (Int32(best), bestIntegers)
    var work = [Double](repeating: 0, count: max(1, Int(size)))
    var integers = [Int32](repeating: 0, count: max(1, Int(integerSize)))
    unsafe dsyevd_(
      &job, &part, &n, &vectors, &n, &found, &work, &size, &integers, &integerSize, &info)
    try requireSuccess(info, "an eigenvalue decomposition")
    var descending: [Double] = []
    descending.reserveCapacity(vectors.count)
    for row in (0..<rows).reversed() {
      descending += vectors[row * columns..<(row + 1) * columns]
    }
    return (found.reversed(), Matrix(trusted: descending, rows, columns))
  }

  /// The matrix whose product with this one, symmetric and positive definite, is given. Only the
  /// part on and above the diagonal is read.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if it is not positive definite or shapes do not
  ///   fit, ``IndexError/Code/notFinite``, ``IndexError/Code/unsupported`` above 30,000 rows.
  /// - Complexity: O(rows³ + rows² · columns of the other).
  package func solvedPositive(_ product: Matrix) throws(IndexError) -> Matrix {
    guard rows == columns, product.rows == rows else {
      throw IndexError(
        .invalidArgument,
        "a matrix of \(rows) × \(columns) does not lead to one of \(product.rows) rows")
    }
    try requireSide(max(rows, product.columns))
    try requireFinite("a system of equations")
    try product.requireFinite("a system of equations")
    guard rows > 0, product.columns > 0 else { return product }
    prepareBLAS()
    // LAPACK reads columns: what is above the diagonal for us is below for it.
    var (left, right) = (values, product.transposed.values)
    var (part, n, wanted, info) = (CChar(76), Int32(rows), Int32(product.columns), Int32(0))
    unsafe dposv_(&part, &n, &wanted, &left, &n, &right, &n, &info)
    try requireSuccess(info, "solving a system of equations")
    return Matrix(trusted: right, product.columns, rows).transposed
  }

  /// The nearest thing to these rows that is orthonormal in their order: row i spans, together
  /// with those before it, what rows 0…i span here. The rows must be at most as many as columns.
  ///
  /// For rows of independent normal numbers, the result is uniformly distributed over all
  /// rotations and reflections (Mezzadri, "How to generate random matrices from the classical
  /// compact groups", 2007).
  ///
  /// - Complexity: O(rows² · columns).
  package func orthonormalRows() throws(IndexError) -> Matrix {
    guard rows <= columns else {
      throw IndexError(
        .invalidArgument, "\(rows) rows of \(columns) numbers cannot all be orthogonal")
    }
    try requireSide(columns)
    try requireFinite("a matrix")
    guard rows > 0 else { return self }
    prepareBLAS()
    var (q, tau) = (values, [Double](repeating: 0, count: rows))
    var (m, n, info, size) = (Int32(columns), Int32(rows), Int32(0), Int32(rows) * 64)
    var work = [Double](repeating: 0, count: Int(size))
    unsafe dgeqrf_(&m, &n, &q, &m, &tau, &work, &size, &info)
    try requireSuccess(info, "a QR decomposition")
    let signs = (0..<rows).map { q[$0 * columns + $0] < 0 ? -1.0 : 1.0 }
    var k = n
    unsafe dorgqr_(&m, &n, &k, &q, &m, &tau, &work, &size, &info)
    try requireSuccess(info, "a QR decomposition")
    for row in 0..<rows where signs[row] < 0 {
      for column in 0..<columns { q[row * columns + column].negate() }
    }
    return Matrix(trusted: q, rows, columns)
  }
}

extension Matrix {
  /// u · diagonal(values) · vt with the k = min(rows, columns) singular values, largest first:
  /// u has k orthonormal columns, vt k orthonormal rows.
  ///
  /// - Throws: ``IndexError/Code/notFinite``, ``IndexError/Code/unsupported`` above 30,000 rows.
  /// - Complexity: O(rows · columns · k).
  package func singularValues() throws(IndexError) -> (u: Matrix, values: [Scalar], vt: Matrix) {
    try requireSide(max(rows, columns))
    try requireFinite("a matrix")
    let least = min(rows, columns)
    guard least > 0 else {
      return (try Matrix(zeros: rows, 0), [], try Matrix(zeros: 0, columns))
    }
    prepareBLAS()
    var (a, found) = (values, [Scalar](repeating: 0, count: least))
    // Read column after column, this is the transposed matrix, whose u is our v.
    var v = [Scalar](repeating: 0, count: columns * least)
    var u = [Scalar](repeating: 0, count: least * rows)
    var integers = [Int32](repeating: 0, count: 8 * least)
    var best: Scalar = 0
    let (m, n) = (Int32(columns), Int32(rows))
    try requireSuccess(
      unsafe Scalar.gesdd(m, n, &a, &found, &v, &u, &best, -1, &integers),
      "a singular value decomposition")
    // The answer comes as a float, which may have been rounded down.
    var work = [Scalar](repeating: 0, count: max(1, Int(best) + Int(best) >> 20 + 1))
    let size = Int32(work.count)
    try requireSuccess(
      unsafe Scalar.gesdd(m, n, &a, &found, &v, &u, &work, size, &integers),
      "a singular value decomposition")
    return (
      Matrix(trusted: u, rows, least), found, Matrix(trusted: v, least, columns)
    )
  }
}
