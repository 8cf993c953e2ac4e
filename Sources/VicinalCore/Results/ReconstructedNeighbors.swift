/// The `k` nearest rows of each query and the vectors they stand for: what
/// ``Reconstructible/searchAndReconstruct(_:k:options:)`` returns.
///
/// faiss returns the same three arrays as `D`, `I` and `R`.
public struct ReconstructedNeighbors: Sendable {
  /// Ids and distances.
  public internal(set) var neighbors: Neighbors

  /// Floats per vector.
  public let dimension: Int

  /// `queryCount × k × dimension` floats, row-major; NaN where there is no result.
  public internal(set) var vectors: [Float]

  /// The vector at a place of a query's results.
  ///
  /// - Parameters:
  ///   - query: 0 ..< `neighbors.queryCount`.
  ///   - place: 0 ..< `neighbors.k`.
  public func vector(query: Int, place: Int) -> ArraySlice<Float> {
    let first = (query * neighbors.k + place) * dimension
    return vectors[first..<first + dimension]
  }

  /// Puts results and vectors together.
  ///
  /// - Parameters:
  ///   - neighbors: The results.
  ///   - dimension: Floats per vector.
  ///   - found: The vectors of all results that are not padding, in their order.
  package init(_ neighbors: Neighbors, dimension: Int, vectors found: [Float]) {
    self.neighbors = neighbors
    self.dimension = dimension
    guard found.count < neighbors.ids.count * dimension else {
      vectors = found
      return
    }
    vectors = []
    vectors.reserveCapacity(neighbors.ids.count * dimension)
    var next = 0
    for id in neighbors.ids {
      if id >= 0 {
        vectors += found[next..<next + dimension]
        next += dimension
      } else {
        vectors += repeatElement(.nan, count: dimension)
      }
    }
  }

  /// The vectors of all results that are not padding, in their order.
  package var foundVectors: [Float] {
    guard neighbors.ids.contains(where: { $0 < 0 }) else { return vectors }
    var found: [Float] = []
    for (place, id) in neighbors.ids.enumerated() where id >= 0 {
      found += vectors[place * dimension..<(place + 1) * dimension]
    }
    return found
  }

  /// Gives results other ids and orders ties by these; vectors stay with their results.
  ///
  /// - Parameter name: The new id of one that is not negative.
  package mutating func rename(
    metric: Metric, _ name: (Int64) throws(IndexError) -> Int64
  ) throws(IndexError) {
    let k = neighbors.k
    var renamed = Neighbors(empty: neighbors.queryCount, k: k, metric: metric)
    var moved: [Float] = []
    moved.reserveCapacity(vectors.count)
    for query in 0..<neighbors.queryCount {
      var rows: [(id: Int64, distance: Float, place: Int)] = []
      for place in query * k..<(query + 1) * k where neighbors.ids[place] >= 0 {
        rows.append((try name(neighbors.ids[place]), neighbors.distances[place], place))
      }
      // By place first, so that NaN values stay where they are.
      var start = 0
      while start < rows.count {
        var stop = start + 1
        while stop < rows.count, rows[stop].distance == rows[start].distance { stop += 1 }
        rows[start..<stop].sort { $0.id < $1.id }
        start = stop
      }
      for (place, row) in rows.enumerated() {
        renamed.ids[query * k + place] = row.id
        renamed.distances[query * k + place] = row.distance
        moved += vectors[row.place * dimension..<(row.place + 1) * dimension]
      }
      moved += repeatElement(.nan, count: (k - rows.count) * dimension)
    }
    (neighbors, vectors) = (renamed, moved)
  }

  /// Adds the results of further queries.
  package mutating func append(_ more: ReconstructedNeighbors) {
    neighbors.append(more.neighbors)
    vectors += more.vectors
  }

  /// The best `k` of several results of the same queries, found in disjoint parts of an index.
  package static func merging(
    _ parts: [ReconstructedNeighbors], k: Int, metric: Metric
  ) -> ReconstructedNeighbors? {
    guard let first = parts.first else { return nil }
    let dimension = first.dimension
    var merged = Neighbors(empty: first.neighbors.queryCount, k: k, metric: metric)
    var vectors: [Float] = []
    for query in 0..<merged.queryCount {
      var rows: [(row: (id: Int64, distance: Float), part: Int, place: Int)] = []
      for (part, found) in parts.enumerated() {
        for (place, row) in found.neighbors.row(query).enumerated() {
          rows.append((row, part, place))
        }
      }
      rows.sort { metric.ranks($0.row, before: $1.row) }
      for (place, taken) in rows.prefix(k).enumerated() {
        merged.ids[query * k + place] = taken.row.id
        merged.distances[query * k + place] = taken.row.distance
        vectors += parts[taken.part].vector(query: query, place: taken.place)
      }
    }
    return ReconstructedNeighbors(merged, dimension: dimension, vectors: vectors)
  }
}
