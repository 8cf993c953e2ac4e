package import VicinalCore

/// A dense matrix, row after row. Small ones: covariances, rotations, tables.
package struct Matrix<Scalar: BLASScalar>: Sendable, Equatable {
  /// Rows.
  package let rows: Int
  /// Columns.
  package let columns: Int
  /// `rows · columns` numbers, row-major.
  package var values: [Scalar]

  /// A matrix of given numbers.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if their number does not fit.
  package init(_ values: [Scalar], rows: Int, columns: Int) throws(IndexError) {
    guard values.count == (try checkedProduct(rows, columns, of: "a matrix")) else {
      throw IndexError(
        .invalidArgument, "\(values.count) numbers are not a matrix of \(rows) × \(columns)")
    }
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// A matrix of zeros.
  package init(zeros rows: Int, _ columns: Int) throws(IndexError) {
    values = [Scalar](repeating: 0, count: try checkedProduct(rows, columns, of: "a matrix"))
    (self.rows, self.columns) = (rows, columns)
  }

  /// For results whose shape is known to fit.
  init(trusted values: [Scalar], _ rows: Int, _ columns: Int) {
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// The number in a row and a column.
  package subscript(row: Int, column: Int) -> Scalar {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// Rows and columns exchanged.
  package var transposed: Matrix {
    var result = values
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
    }
    return Matrix(trusted: result, columns, rows)
  }

  /// The first rows.
  package func prefix(_ count: Int) -> Matrix {
    Matrix(trusted: Array(values.prefix(count * columns)), min(count, rows), columns)
  }

  /// The same numbers in single precision.
  package var floats: [Float] { values.map { Float($0) } }

  /// Requires numbers; LAPACK may not return from anything else.
  func requireFinite(_ what: String) throws(IndexError) {
    guard values.allSatisfy(\.isFinite) else {
      throw IndexError(
        .notFinite, "\(what) holds infinities or NaN; the vectors may be too large for floats")
    }
  }
}
