import VicinalCompute
import VicinalCore

/// The best values of one query so far, or all within a radius.
struct HitCollector {
  private var best: TopKCollector?
  private let radius: Float
  private let isSimilarity: Bool
  private var within: [(key: Float, id: Int64)] = []

  /// Keeps the `k` best.
  init(k: Int, metric: Metric) {
    best = TopKCollector(k: k, isSimilarity: metric.isSimilarity)
    radius = 0
    isSimilarity = metric.isSimilarity
  }

  /// Keeps everything within the radius, which is itself excluded.
  init(radius: Float, metric: Metric) {
    self.radius = radius
    isSimilarity = metric.isSimilarity
  }

  /// Values worse than this have no chance.
  var threshold: Float { best?.threshold ?? radius }

  /// Offers the values that a selection has left.
  ///
  /// - Parameters:
  ///   - values: Of which the first `count` are taken.
  ///   - rows: Their rows.
  ///   - filter: Which ids count; `nil` for all.
  ///   - places: Names hits by this plus their row instead of by id; `nil` for ids.
  ///   - id: The id of a row.
  mutating func offer(
    _ values: Span<Float>, rows: Span<Int32>, count: Int, _ filter: IDFilter?,
    places: Int64?, id: (Int) -> Int64
  ) {
    for index in 0..<count {
      let value = values[index]
      guard isSimilarity ? value >= threshold : value <= threshold else { continue }
      let id = id(Int(rows[index]))
      if let filter, !filter.contains(id) { continue }
      let label = places.map { $0 + Int64(rows[index]) } ?? id
      if best != nil {
        best?.offer(value, label: label)
      } else if value != radius {
        within.append((isSimilarity ? -value : value, label))
      }
    }
  }

  /// Takes the hits out as the row of a query.
  mutating func drain(into found: inout Neighbors, query: Int) {
    best?.drain(into: &found, query: query)
  }

  /// Takes the hits out as the next query of a result.
  mutating func drain(into found: inout RangeNeighbors) {
    within.sort { $0.key != $1.key ? $0.key < $1.key : $0.id < $1.id }
    for hit in within {
      found.distances.append(isSimilarity ? -hit.key : hit.key)
      found.ids.append(hit.id)
    }
    found.limits.append(found.ids.count)
    within.removeAll(keepingCapacity: true)
  }
}
