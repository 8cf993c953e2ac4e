package import VicinalCore

/// The mean of evenly spread rows, at most about `limit` of them; finite for finite rows.
package func mean(of vectors: borrowing VectorBatch, atMost limit: Int) -> [Float] {
  var sums = [Double](repeating: 0, count: vectors.dimension)
  let step = max(1, vectors.count / max(1, limit))
  var taken = 0
  for index in stride(from: 0, to: vectors.count, by: step) {
    let row = vectors.row(index)
    for column in row.indices { sums[column] += Double(row[column]) }
    taken += 1
  }
  return sums.map { Float($0 / Double(max(1, taken))) }
}
