extension Neighbors {
  /// Adds the results of further queries.
  package mutating func append(_ more: Neighbors) {
    distances += more.distances
    ids += more.ids
  }

  /// The best of several results of the same queries, found in disjoint parts of an index.
  package static func merging(_ parts: [Neighbors], metric: Metric) -> Neighbors {
    guard parts.count > 1, let first = parts.first else {
      return parts.first ?? Neighbors(k: 1, distances: [], ids: [])
    }
    let k = first.k
    var merged = Neighbors(empty: first.queryCount, k: k, metric: metric)
    for query in 0..<first.queryCount {
      var rows = parts.flatMap { $0.row(query) }
      rows.sort { metric.ranks($0, before: $1) }
      for (place, row) in rows.prefix(k).enumerated() {
        merged.distances[query * k + place] = row.distance
        merged.ids[query * k + place] = row.id
      }
    }
    return merged
  }

  /// Orders equal distances by id, after ids were translated.
  package mutating func orderTies(metric: Metric) {
    for query in 0..<queryCount {
      var start = query * k
      let end = start + k
      while start < end, ids[start] >= 0 {
        var stop = start + 1
        while stop < end, ids[stop] >= 0, distances[stop] == distances[start] { stop += 1 }
        if stop - start > 1 { ids[start..<stop].sort() }
        start = stop
      }
    }
  }

  /// The same results with more places per query.
  package func widened(to k: Int, metric: Metric) -> Neighbors {
    guard k > self.k else { return self }
    var wide = Neighbors(empty: queryCount, k: k, metric: metric)
    for query in 0..<queryCount {
      for place in 0..<self.k {
        wide.distances[query * k + place] = distances[query * self.k + place]
        wide.ids[query * k + place] = ids[query * self.k + place]
      }
    }
    return wide
  }
}

extension RangeNeighbors {
  /// Orders equal distances by id, after ids were translated.
  package mutating func orderTies() {
    for query in 0..<queryCount {
      var start = limits[query]
      while start < limits[query + 1] {
        var stop = start + 1
        while stop < limits[query + 1], distances[stop] == distances[start] { stop += 1 }
        if stop - start > 1 { ids[start..<stop].sort() }
        start = stop
      }
    }
  }

  /// Adds the results of further queries.
  package mutating func append(_ more: RangeNeighbors) {
    let base = ids.count
    limits += more.limits.dropFirst().map { $0 + base }
    distances += more.distances
    ids += more.ids
  }

  /// All results of the same queries, found in disjoint parts of an index.
  package static func merging(_ parts: [RangeNeighbors], metric: Metric) -> RangeNeighbors {
    guard parts.count > 1, let first = parts.first else {
      return parts.first ?? RangeNeighbors(limits: [0], distances: [], ids: [])
    }
    var merged = RangeNeighbors(limits: [0], distances: [], ids: [])
    for query in 0..<first.queryCount {
      var rows = parts.flatMap { $0.row(query) }
      rows.sort { metric.ranks($0, before: $1) }
      merged.distances += rows.map(\.distance)
      merged.ids += rows.map(\.id)
      merged.limits.append(merged.ids.count)
    }
    return merged
  }
}

extension Metric {
  /// The order of results: by value, ties by id.
  package func ranks(
    _ a: (id: Int64, distance: Float), before b: (id: Int64, distance: Float)
  ) -> Bool {
    a.distance != b.distance ? isBetter(a.distance, than: b.distance) : a.id < b.id
  }
}
