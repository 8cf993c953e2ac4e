package import VicinalCompute
package import VicinalCore

extension AdditiveQuantizer {
  /// The nearest sums of entries of vectors, as far as a beam search finds them.
  ///
  /// - Parameters:
  ///   - vectors: Of the dimension of the quantizer, which must be a trained residual quantizer
  ///     without parts.
  ///   - count: Sums per vector, and choices that are followed.
  /// - Returns: For each vector, ascending by squared distance: the numbers of the entries within
  ///   their codebooks, and the distances.
  package func nearestSums(
    of vectors: borrowing VectorBatch, count: Int, kernels: KernelSet
  ) throws(IndexError) -> [[(numbers: [Int], distance: Float)]] {
    try requireTrained()
    try vectors.requireDimension(dimension, of: "vectors to compare")
    let part = parts[0]
    var stages = ResidualStages(dimension: dimension, beamSize: count)
    for number in part.bits.indices { stages.append(Array(part.entries(of: number))) }
    let starts = part.starts
    var result: [[(numbers: [Int], distance: Float)]] = []
    for row in 0..<vectors.count {
      let choices = try stages.choices(for: vectors.rows(row..<row + 1), kernels: kernels)
      var distances = [Float](repeating: 0, count: choices.count)
      var span = distances.mutableSpan
      kernels.addDistances(
        from: vectors.row(row), to: part.codebooks.span, entries: choices.entries.span,
        range: 0..<starts.count, step: starts.count, count: choices.count, into: &span)
      let found = (0..<choices.count).map { member in
        let entries = choices.entries(0, member)
        return (
          numbers: zip(entries, starts).map { Int($0) - $1 }, distance: distances[member]
        )
      }
      result.append(found)
    }
    return result
  }

  /// The sum of entries, named by their numbers within their codebooks.
  package func sum(ofNumbers numbers: [Int]) -> [Float] {
    var values = [Float](repeating: 0, count: dimension)
    let part = parts[0]
    for (start, number) in zip(part.starts, numbers) {
      for column in values.indices {
        values[column] += part.codebooks[(start + number) * dimension + column]
      }
    }
    return values
  }
}
