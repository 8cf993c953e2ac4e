package import Testing
package import VicinalCore

/// How far a float value may be from the true one: relative to the size of the summed terms, plus
/// what is lost where float squares underflow.
///
/// `noise` is for values of vectors that the index transforms itself, where cancelling terms leave
/// an absolute error.
package struct Tolerance: Sendable, ExpressibleByFloatLiteral {
  package var relative: Double
  package var noise: Double

  package init(_ relative: Double, noise: Double = 0) {
    self.relative = relative
    self.noise = noise
  }

  package init(floatLiteral value: Double) { self.init(value) }

  func slack(_ neighbor: ExactNeighbor) -> Double {
    relative * max(neighbor.magnitude, abs(neighbor.value)) + noise + 1e-37
  }
}

/// Requires the answer of an exact search: values within `tolerance`, best first, padding where
/// rows run out; other ids than the oracle's only where true values are equal up to `tolerance`.
package func expectSameNeighbors(
  _ found: Neighbors, _ exact: ExactNeighbors, tolerance: Tolerance,
  _ context: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  func fail(_ message: String) {
    Issue.record("\(message); \(context()) \(exact.description)", sourceLocation: sourceLocation)
  }
  guard found.k == exact.k, found.queryCount == exact.queries.count,
    found.distances.count == found.ids.count
  else {
    return fail(
      "shape \(found.queryCount) × \(found.k), expected \(exact.queries.count) × \(exact.k)")
  }
  for query in 0..<found.queryCount {
    if let message = mismatch(found, exact, query, tolerance) {
      return fail("query \(query): \(message)")
    }
  }
}

private func mismatch(
  _ found: Neighbors, _ exact: ExactNeighbors, _ query: Int, _ tolerance: Tolerance
) -> String? {
  let truth = exact.queries[query]
  let byID = Dictionary(truth.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  var seen = Set<Int64>()
  for place in 0..<exact.k {
    let id = found.ids[query * exact.k + place]
    let value = found.distances[query * exact.k + place]
    guard place < truth.count else {
      if id != -1 || value != exact.metric.worst {
        return "place \(place) holds id \(id), value \(value) instead of padding"
      }
      continue
    }
    let expected = truth[place]
    guard let neighbor = byID[id], seen.insert(id).inserted else {
      return "place \(place) holds id \(id), expected \(expected.id); unknown or twice"
    }
    let allowed = tolerance.slack(neighbor) + tolerance.slack(expected)
    if abs(neighbor.value - expected.value) > allowed {
      return "place \(place) holds id \(id) of true value \(neighbor.value),"
        + " expected \(expected.id) of \(expected.value)"
    }
    if !(abs(Double(value) - neighbor.value) <= tolerance.slack(neighbor)) {
      return "place \(place), id \(id): value \(value), truly \(neighbor.value)"
    }
  }
  return nil
}

/// Requires what even an approximate search owes: true values, best first with ties by id, no id
/// twice, padding only at the end; and `recall` on average: the share of the wanted places that
/// hold a row as good as the last true neighbour, so that ties count.
package func expectGoodNeighbors(
  _ found: Neighbors, _ exact: ExactNeighbors, recall wanted: Double, tolerance: Tolerance,
  _ context: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  func fail(_ message: String) {
    Issue.record("\(message); \(context()) \(exact.description)", sourceLocation: sourceLocation)
  }
  guard found.k == exact.k, found.queryCount == exact.queries.count else {
    return fail(
      "shape \(found.queryCount) × \(found.k), expected \(exact.queries.count) × \(exact.k)")
  }
  if let message = disorder(found, metric: exact.metric) { return fail(message) }
  var hits = 0
  var total = 0
  for query in 0..<found.queryCount {
    let byID = Dictionary(
      exact.queries[query].map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let truth = exact.queries[query].prefix(exact.k)
    for (id, value) in found.row(query) {
      guard let neighbor = byID[id] else { return fail("query \(query) found unknown id \(id)") }
      if !(abs(Double(value) - neighbor.value) <= tolerance.slack(neighbor)) {
        return fail("query \(query), id \(id): value \(value), truly \(neighbor.value)")
      }
      guard let last = truth.last else { continue }
      let gap =
        exact.metric.isSimilarity ? last.value - neighbor.value : neighbor.value - last.value
      if gap <= tolerance.slack(neighbor) { hits += 1 }
    }
    total += truth.count
  }
  let recall = total == 0 ? 1 : Double(hits) / Double(total)
  if recall < wanted { fail("recall \(recall), expected at least \(wanted)") }
}

/// What is wrong with the order of results, if anything: best first, ties by id, no id twice,
/// padding last.
package func disorder(_ found: Neighbors, metric: Metric) -> String? {
  for query in 0..<found.queryCount {
    let row = found.row(query)
    for place in row.count..<found.k where found.distances[query * found.k + place] != metric.worst
    {
      return "query \(query): padding has value \(found.distances[query * found.k + place])"
    }
    for place in row.indices {
      if found.ids[query * found.k + place] != row[place].id {
        return "query \(query): padding before results"
      }
      guard place > 0 else { continue }
      if !metric.ranks(row[place - 1], before: row[place]) {
        return "query \(query), place \(place): \(row[place]) behind \(row[place - 1])"
      }
    }
    if Set(row.map(\.id)).count < row.count { return "query \(query) has an id twice" }
  }
  return nil
}
