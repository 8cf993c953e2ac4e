import VicinalCore
import VicinalIndexes

extension MainIndex {
  /// Vectors that are read from the store at a time.
  private static let rescoredRows = 4096

  /// Replaces scores of codes by those of the vectors, and orders the neighbours by them. Beside an
  /// exact delta, scores of codes would push its vectors back or let them through wrongly.
  ///
  /// Where a vector cannot be had, because it was changed a moment ago or the disk fails, what the
  /// code says stays.
  func rescore(
    _ found: inout Neighbors, _ queries: [Float], _ metric: ServiceMetric,
    _ stored: (_ ids: [Int64]) throws -> [[Float]?]
  ) {
    guard found.k > 0 else { return }
    let step = max(1, Self.rescoredRows / found.k)
    for first in stride(from: 0, to: found.queryCount, by: step) {
      let places = first * found.k..<min(found.queryCount, first + step) * found.k
      let rows = Set(found.ids[places].filter { $0 >= 0 }).sorted()
      guard let vectors = try? stored(rows.map { ids[Int($0)] }), vectors.count == rows.count
      else { continue }
      var byRow: [Int64: [Float]] = [:]
      for (row, vector) in zip(rows, vectors) {
        if let vector, vector.count == index.dimension {
          byRow[row] = metric.prepared(vector, dimension: index.dimension)
        }
      }
      for query in places.lowerBound / found.k..<places.upperBound / found.k {
        rescore(query, of: &found, queries, byRow)
      }
    }
  }

  private func rescore(
    _ query: Int, of found: inout Neighbors, _ queries: [Float], _ vectors: [Int64: [Float]]
  ) {
    let isUp = index.metric.isSimilarity
    let (dimension, begin) = (index.dimension, query * found.k)
    var hits: [(row: Int64, score: Float)] = []
    for place in begin..<begin + found.k where found.ids[place] >= 0 {
      let row = found.ids[place]
      let score = vectors[row].map {
        Self.score(queries, query * dimension, $0, isSimilarity: isUp)
      }
      hits.append((row, score ?? found.distances[place]))
    }
    hits.sort {
      $0.score == $1.score ? $0.row < $1.row : ($0.score < $1.score) != isUp
    }
    for (offset, hit) in hits.enumerated() {
      found.ids[begin + offset] = hit.row
      found.distances[begin + offset] = hit.score
    }
  }

  /// The inner product, or the squared distance, of a query and a vector.
  static func score(
    _ queries: [Float], _ begin: Int, _ vector: [Float], isSimilarity: Bool
  ) -> Float {
    var sum = 0.0
    for (place, value) in vector.enumerated() {
      let other = Double(queries[begin + place])
      let difference = other - Double(value)
      sum += isSimilarity ? other * Double(value) : difference * difference
    }
    return Float(sum)
  }

  // MARK: Finding out

  /// Whether an index gives vectors of its source the scores that they have, tried with some of them.
  static func hasExactScores(
    _ index: any VectorIndex, of source: StoreCopy, execution: Execution
  ) throws(IndexError) -> Bool {
    let dimension = index.dimension
    let count = min(32, source.count)
    let queries = try source.vectors((0..<count).map { $0 * (source.count / max(1, count)) })
    let found = try index.search(
      VectorBatch(queries.span, dimension: dimension), k: min(10, source.count),
      options: SearchOptions(execution: execution))
    let isUp = index.metric.isSimilarity
    for query in 0..<found.queryCount {
      for place in query * found.k..<(query + 1) * found.k where found.ids[place] >= 0 {
        let vector = try source.vectors([Int(found.ids[place])])
        let exact = score(queries, query * dimension, vector, isSimilarity: isUp)
        let zeros = [Float](repeating: 0, count: dimension)
        let scale =
          score(zeros, 0, vector, isSimilarity: false)
          + score(queries, query * dimension, zeros, isSimilarity: false)
        if !(abs(exact - found.distances[place]) <= roundingShare * scale) { return false }
      }
    }
    return true
  }

  /// What the rounding of floats may take of a score, as a share of the squared lengths: some units in
  /// the last place (6e-8). Codes of 16 bits are 50 times further off.
  private static let roundingShare: Float = 1e-5
}
