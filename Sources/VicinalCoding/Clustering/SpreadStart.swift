import VicinalCompute
import VicinalCore

/// Draws rows one after the other, each in proportion to its squared distance from the nearest row
/// drawn before.
///
/// Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
///
/// - Returns: `count` rows, row-major; rows may repeat where there are not as many different ones.
/// - Complexity: O(rows · count · dimension).
func spreadRows(
  of rows: borrowing VectorBatch, count: Int, kernels: KernelSet,
  using generator: inout SplitMix64, _ execution: Execution
) throws(IndexError) -> [Float] {
  var chosen: [Float] = []
  guard rows.count > 0 else { return chosen }
  chosen.reserveCapacity(count * rows.dimension)
  var nearest = [Float](repeating: .infinity, count: rows.count)
  var distances = [Float](repeating: 0, count: rows.count)
  var next = Int.random(in: 0..<rows.count, using: &generator)
  for drawn in 0..<count {
    if drawn.isMultiple(of: 64) { try execution.checkCancellation() }
    let row = rows.row(next)
    for column in row.indices { chosen.append(row[column]) }
    var span = distances.mutableSpan
    kernels.distances(from: row, to: rows.values.rawBytes, metric: .l2, into: &span)
    var total = 0.0
    for place in nearest.indices {
      nearest[place] = min(nearest[place], max(0, distances[place]))
      total += Double(nearest[place])
    }
    // Equal rows only: any will do.
    guard total > 0, total.isFinite else {
      next = Int.random(in: 0..<rows.count, using: &generator)
      continue
    }
    var left = Double.random(in: 0..<total, using: &generator)
    for place in nearest.indices where nearest[place] > 0 {
      next = place
      left -= Double(nearest[place])
      if left < 0 { break }
    }
  }
  return chosen
}
