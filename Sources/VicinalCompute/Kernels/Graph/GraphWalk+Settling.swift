import CVicinalKernels
import VicinalCore

/// From what a walk by codes kept to exact hits, or to the insight that codes were too coarse for it.
extension GraphWalk {
  /// The nearest of the pool, compared in float, best first.
  ///
  /// How far codes are off shows in what is compared. As long as a node could still be among the nearest
  /// by that, the next is compared as well.
  ///
  /// - Parameters:
  ///   - query: The query that the walk was for.
  ///   - wanted: Hits that matter, at least 1.
  ///   - taken: Nodes that are compared in any case.
  ///   - isTaken: Which nodes count.
  /// - Returns: `nil` if codes are off by about as much as what is compared differs: then others may be
  ///   nearer that the walk did not come to.
  func settled(
    _ query: Span<Float>, wanted: Int, taken: Int, where isTaken: (Int32) -> Bool
  ) -> [GraphHit]? {
    var place = 0
    let first = candidates(from: &place, most: taken, within: .infinity, where: isTaken)
    let values = values(of: first.ids, query)
    var hits = sorted(first.ids, values)
    guard let noise = noise(of: first.scores, values) else { return hits }
    let (best, last) = (first.scores[0], first.scores[first.scores.count - 1])
    if noise > (last - best) / Self.clearness { return nil }
    // In pieces, since each brings what has to be beaten down. Twice, because the nodes that codes put
    // first are those that they flatter.
    while hits.count >= wanted {
      let bound = score(hits[wanted - 1].value) + 2 * noise
      let more = candidates(from: &place, most: 16, within: bound, where: isTaken).ids
      if more.isEmpty { break }
      hits += sorted(more, self.values(of: more, query))
      sort(&hits)
    }
    return hits
  }

  /// Whether codes tell the nearest candidates of a node apart, among which it has just chosen its links.
  func tellsApart(from node: Int32) -> Bool {
    var place = 0
    let (ids, scores) = candidates(from: &place, most: Self.compared, within: .infinity) { _ in
      true
    }
    // Where there are so few, codes may be all alike, as a single vector far away from the others makes them.
    guard ids.count == Self.compared else { return false }
    guard let noise = noise(of: scores, values(of: ids, from: node)) else { return true }
    return noise <= (scores[Self.judged - 1] - scores[0]) / Self.clearness
  }

  /// How many of the nearest candidates are compared to see how much codes are off, and how many of them must
  /// differ by more than that. With 16 instead of 6 the first nodes of a close cluster passed for clear.
  private static let (compared, judged) = (8, 6)

  /// The next entries of the pool that count, up to a score.
  private func candidates(
    from place: inout Int, most: Int, within bound: Float, where isTaken: (Int32) -> Bool
  ) -> (ids: [Int32], scores: [Float]) {
    var (ids, scores): ([Int32], [Float]) = ([], [])
    let count = Int(unsafe state.pool_count)
    ids.reserveCapacity(min(most, count - place))
    scores.reserveCapacity(min(most, count - place))
    while place < count, ids.count < most {
      let key = unsafe state.pool[place]
      let score = Self.score(key)
      guard score <= bound else { break }
      place += 1
      guard isTaken(Self.node(key)) else { continue }
      ids.append(Self.node(key))
      scores.append(score)
    }
    return (ids, scores)
  }

  /// By how much more than codes are off the nodes that are compared must differ.
  private static var clearness: Float { 4 }

  /// What an exact value is as a score: the walk's scores are half of squared distances, or negated
  /// products.
  private func score(_ value: Float) -> Float { isSimilarity ? -value : value / 2 }

  /// How far the scores of codes lie from those of floats at most; `nil` where there is too little to
  /// tell by, or nothing but what floats are off by themselves.
  private func noise(of scores: [Float], _ values: [Float]) -> Float? {
    guard scores.count >= 8 else { return nil }
    var (off, largest): (Float, Float) = (0, 0)
    for place in scores.indices {
      off = max(off, abs(scores[place] - score(values[place])))
      largest = max(largest, abs(values[place]))
    }
    return off > largest * 1e-5 ? off : nil
  }
}
