package import VicinalCore

extension Metric {
  /// The values of all pairs of queries and rows in double precision.
  ///
  /// - Parameter isCancelling: Whether searches add terms that cancel each other, so that rounding
  ///   errors are relative to the largest squared lengths.
  package func exactValues(
    _ queries: Vectors, _ rows: Vectors, isCancelling: Bool = false
  ) -> [[ExactValue]] {
    guard self == .l2 || self == .innerProduct else { return everyPair(queries, rows) }
    let dimension = rows.dimension
    let rowValues = rows.values.map(Double.init)
    let queryValues = queries.values.map(Double.init)
    func lengths(_ values: [Double]) -> [Double] {
      stride(from: 0, to: values.count, by: dimension).map { start in
        values[start..<start + dimension].reduce(0) { $0 + $1 * $1 }
      }
    }
    let queryLengths = lengths(queryValues)
    let longest = lengths(rowValues).max() ?? 0
    return (0..<queries.count).map { query in
      let first = query * dimension
      let scale = isCancelling ? queryLengths[query] + longest : 0
      return (0..<rows.count).map { row in
        let start = row * dimension
        var (squares, product, size) = (0.0, 0.0, scale)
        for column in 0..<dimension {
          let (a, b) = (queryValues[first + column], rowValues[start + column])
          squares += (a - b) * (a - b)
          product += a * b
          size += abs(a * b)
        }
        return self == .l2
          ? ExactValue(squares, magnitude: scale) : ExactValue(product, magnitude: size)
      }
    }
  }

  private func everyPair(_ queries: Vectors, _ rows: Vectors) -> [[ExactValue]] {
    (0..<queries.count).map { query in
      (0..<rows.count).map {
        ExactValue(value(queries[query], rows[$0]), magnitude: magnitude(queries[query], rows[$0]))
      }
    }
  }
}
