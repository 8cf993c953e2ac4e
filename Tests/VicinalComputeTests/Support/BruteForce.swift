import VicinalCompute
import VicinalCore
import VicinalTestSupport

/// Comparing everything with the `rows` kernel of a level: what certified searches must equal to
/// the bit.
struct BruteForce {
  /// `values[query][row]`.
  let values: [[Float]]
  let metric: Metric

  init(_ table: CTable, _ metric: Metric, rows: Vectors, queries: Vectors) {
    self.metric = metric
    values = (0..<queries.count).map { table.rows(metric, queries[$0], rows) }
  }

  /// The `k` best rows of a query by value, then by row number, among those allowed.
  func best(_ query: Int, k: Int, isAllowed: (Int) -> Bool = { _ in true }) -> [Int] {
    let row = values[query]
    return row.indices.filter { isAllowed($0) && !row[$0].isNaN }
      .sorted {
        row[$0] != row[$1] ? metric.isBetter(row[$0], than: row[$1]) : $0 < $1
      }
      .prefix(k).map { $0 }
  }

  /// The answer of a search for all queries.
  func neighbors(k: Int, isAllowed: (Int) -> Bool = { _ in true }) -> Neighbors {
    var result = Neighbors(empty: values.count, k: k, metric: metric)
    for query in values.indices {
      for (place, row) in best(query, k: k, isAllowed: isAllowed).enumerated() {
        result.ids[query * k + place] = Int64(row)
        result.distances[query * k + place] = values[query][row]
      }
    }
    return result
  }
}

/// The first place where two results differ, with the bits of the distances.
func firstDifference(_ found: Neighbors, _ expected: Neighbors) -> String? {
  guard found.k == expected.k, found.ids.count == expected.ids.count,
    found.distances.count == expected.distances.count
  else { return "shape \(found.queryCount) × \(found.k)" }
  for place in found.ids.indices {
    let (a, b) = (found.distances[place], expected.distances[place])
    // Both zeros are the same distance.
    if found.ids[place] != expected.ids[place] || (a.bitPattern != b.bitPattern && a != b) {
      return """
        query \(place / found.k), place \(place % found.k): id \(found.ids[place]) at \(a), \
        expected id \(expected.ids[place]) at \(b)
        """
    }
  }
  return nil
}
