package import VicinalCore

/// Brute force in double precision: what every search is compared with.
package struct Oracle: Sendable {
  package let rows: Vectors
  package let metric: Metric

  /// The id of each row.
  package let ids: [Int64]

  /// Rows are numbered from 0 unless ids are given.
  package init(_ rows: Vectors, metric: Metric, ids: [Int64]? = nil) {
    self.rows = rows
    self.metric = metric
    self.ids = ids ?? (0..<Int64(rows.count)).map { $0 }
  }

  /// The true neighbours of every query.
  package func nearest(
    _ queries: Vectors, k: Int, filter: IDFilter? = nil
  ) -> ExactNeighbors {
    ExactNeighbors(
      k: k, metric: metric,
      queries: (0..<queries.count).map { ranked(queries[$0], filter: filter) },
      description: "\(metric), k \(k), \(rows), queries: \(queries)")
  }

  /// Everything strictly better than `radius`, for every query.
  package func within(
    _ queries: Vectors, radius: Float, filter: IDFilter? = nil
  ) -> [[ExactNeighbor]] {
    (0..<queries.count).map { query in
      ranked(queries[query], filter: filter).filter {
        metric.isSimilarity ? $0.value > Double(radius) : $0.value < Double(radius)
      }
    }
  }

  private func ranked(_ query: ArraySlice<Float>, filter: IDFilter?) -> [ExactNeighbor] {
    let all = (0..<rows.count).compactMap { row -> ExactNeighbor? in
      guard filter?.contains(ids[row]) ?? true else { return nil }
      let value = metric.value(query, rows[row])
      guard !value.isNaN else { return nil }
      return ExactNeighbor(
        id: ids[row], value: value, magnitude: metric.magnitude(query, rows[row]))
    }
    return all.sorted {
      if $0.value != $1.value {
        return metric.isSimilarity ? $0.value > $1.value : $0.value < $1.value
      }
      return $0.id < $1.id
    }
  }
}

/// A row as the oracle sees it.
package struct ExactNeighbor: Sendable {
  package let id: Int64
  package let value: Double
  /// What rounding errors are relative to, if that is more than the value.
  package let magnitude: Double
}

/// All rows of each query in true order; the first `k` are the answer.
package struct ExactNeighbors: Sendable {
  package let k: Int
  package let metric: Metric
  package let queries: [[ExactNeighbor]]
  package let description: String

  /// The ids of the answer to one query, without padding.
  package func ids(_ query: Int) -> [Int64] { queries[query].prefix(k).map(\.id) }
}
