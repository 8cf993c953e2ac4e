package import VicinalCore

/// Brute force in double precision: what every search is compared with.
package struct Oracle: Sendable {
  package let rows: Vectors
  package let metric: Metric

  /// The id of each row.
  package let ids: [Int64]

  /// The value of a query and a row, where that is not simply the metric's.
  private let values: (@Sendable (Vectors) -> [[ExactValue]])?

  /// Rankings found before: laws ask about the same queries in many ways.
  private let known = Memo<Vectors, [[ExactNeighbor]]>()

  /// Rows are numbered from 0 unless ids are given.
  ///
  /// - Parameter values: For given queries one value per row; NaN for rows that cannot be found.
  ///   By default the values of the metric.
  package init(
    _ rows: Vectors, metric: Metric, ids: [Int64]? = nil,
    values: (@Sendable (Vectors) -> [[ExactValue]])? = nil
  ) {
    self.rows = rows
    self.metric = metric
    self.ids = ids ?? (0..<Int64(rows.count)).map { $0 }
    self.values = values
  }

  /// The true neighbours of every query.
  package func nearest(
    _ queries: Vectors, k: Int, filter: IDFilter? = nil
  ) -> ExactNeighbors {
    ExactNeighbors(
      k: k, metric: metric, queries: ranked(queries, filter: filter),
      description: "\(metric), k \(k), \(rows), queries: \(queries)")
  }

  /// Everything strictly better than `radius`, for every query.
  package func within(
    _ queries: Vectors, radius: Float, filter: IDFilter? = nil
  ) -> [[ExactNeighbor]] {
    ranked(queries, filter: filter).map { query in
      query.filter {
        metric.isSimilarity ? $0.value > Double(radius) : $0.value < Double(radius)
      }
    }
  }

  /// The kept rows of each query in true order.
  private func ranked(_ queries: Vectors, filter: IDFilter?) -> [[ExactNeighbor]] {
    let everything = known.value(for: queries) { ranked(queries) }
    guard let filter else { return everything }
    let kept = Set(ids.filter { filter.contains($0) })
    return everything.map { $0.filter { kept.contains($0.id) } }
  }

  private func ranked(_ queries: Vectors) -> [[ExactNeighbor]] {
    let exact = values?(queries) ?? metric.exactValues(queries, rows)
    let isSimilarity = metric.isSimilarity
    return exact.map { values in
      var all: [ExactNeighbor] = []
      all.reserveCapacity(rows.count)
      for (row, exact) in values.enumerated() where !exact.value.isNaN {
        all.append(ExactNeighbor(id: ids[row], value: exact.value, magnitude: exact.magnitude))
      }
      all.sort {
        if $0.value != $1.value {
          return isSimilarity ? $0.value > $1.value : $0.value < $1.value
        }
        return $0.id < $1.id
      }
      return all
    }
  }
}

/// A value with what its rounding errors are relative to, if that is more than the value.
package struct ExactValue: Sendable {
  package var value: Double
  package var magnitude: Double

  package init(_ value: Double, magnitude: Double = 0) {
    self.value = value
    self.magnitude = magnitude
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
  package var k: Int
  package let metric: Metric
  package var queries: [[ExactNeighbor]]
  package let description: String

  /// The ids of the answer to one query, without padding.
  package func ids(_ query: Int) -> [Int64] { queries[query].prefix(k).map(\.id) }

  /// The answer to the first queries, with fewer or more neighbours each.
  package func prefix(_ count: Int, k: Int) -> ExactNeighbors {
    var part = self
    part.queries = Array(queries.prefix(count))
    part.k = k
    return part
  }
}
