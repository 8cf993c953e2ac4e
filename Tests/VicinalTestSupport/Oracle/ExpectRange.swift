package import Testing
package import VicinalCore

/// Requires exactly the rows strictly within a radius; rows whose true value equals the radius up
/// to `tolerance` may be in or out.
package func expectSameRange(
  _ found: RangeNeighbors, _ oracle: Oracle, _ queries: Vectors, radius: Float,
  filter: IDFilter? = nil, tolerance: Tolerance, mayMiss: Bool = false,
  _ context: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  let description = "\(oracle.metric), radius \(radius), \(oracle.rows), queries: \(queries)"
  func fail(_ message: String) {
    Issue.record("\(message); \(context()) \(description)", sourceLocation: sourceLocation)
  }
  guard found.queryCount == queries.count, found.limits.first == 0,
    found.limits.last == found.ids.count, found.ids.count == found.distances.count
  else { return fail("limits \(found.limits) do not fit \(found.ids.count) results") }
  let everything = oracle.nearest(queries, k: max(1, oracle.rows.count), filter: filter)
  let metric = oracle.metric
  for query in 0..<queries.count {
    let row = found.row(query)
    for place in row.indices.dropFirst() where !metric.ranks(row[place - 1], before: row[place]) {
      return fail("query \(query), place \(place): \(row[place]) behind \(row[place - 1])")
    }
    let values = Dictionary(row.map { ($0.id, $0.distance) }, uniquingKeysWith: { a, _ in a })
    if values.count < row.count { return fail("query \(query) has an id twice") }
    var known = 0
    for neighbor in everything.queries[query] {
      let slack = tolerance.slack(neighbor)
      let gap = Double(radius) - neighbor.value
      let isInside = metric.isSimilarity ? gap < 0 : gap > 0
      guard let value = values[neighbor.id] else {
        if isInside, abs(gap) > slack, !mayMiss {
          return fail("query \(query) misses id \(neighbor.id), value \(neighbor.value)")
        }
        continue
      }
      known += 1
      if !isInside, abs(gap) > slack {
        return fail("query \(query) found id \(neighbor.id) outside, value \(neighbor.value)")
      }
      if !metric.isBetter(value, than: radius) {
        return fail("query \(query), id \(neighbor.id): value \(value) is not within the radius")
      }
      if !(abs(Double(value) - neighbor.value) <= slack) {
        return fail(
          "query \(query), id \(neighbor.id): value \(value), truly \(neighbor.value)")
      }
    }
    if known < row.count { return fail("query \(query) found ids that do not exist") }
  }
}
