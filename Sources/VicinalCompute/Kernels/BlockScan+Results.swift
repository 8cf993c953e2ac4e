import CVicinalKernels
package import VicinalCore

/// From candidates to answers: float values, ordered by value and id.
extension BlockScan {
  /// Makes sure that a panel of candidates fits a query's state.
  func makeRoom(_ query: Int) {
    guard states.isFull(query, kernels: kernels) else { return }
    guard radius == nil else {
      states.grow(query)
      return
    }
    // Many rows are too close to call in int8 (ties, for example): settle them in float now.
    var ranking = Ranking()
    settle(query, &ranking)
    let best = ranking.order.prefix(k)
    let upper = best.map { index in
      let (score, err) = score(value: ranking.values[index], query: query)
      return score + err
    }
    states.replaceCandidates(query, with: best.map { ranking.labels[$0] }, upper: upper)
  }

  /// Compares the candidates of a query in float and orders them, best first, ties by id.
  private func settle(_ query: Int, _ ranking: inout Ranking) {
    states.collectCandidates(query, into: &ranking, kernels: kernels)
    // Bounds are wide: what the best by them are worth rules out most of the others.
    let first = max(2 * k, Self.fewestCompared)
    let isWorthwhile = radius == nil && k > 0 && ranking.labels.count > first + first / 4
    if isWorthwhile, metric == .l2 || metric == .innerProduct {
      ranking.orderByBounds(kernels: kernels)
      compare(query, from: 0, to: first, &ranking)
      ranking.dropBeyond(k, from: first) { score(value: $0, query: query) }
      compare(query, from: first, to: ranking.labels.count, &ranking)
    } else {
      compare(query, from: 0, to: ranking.labels.count, &ranking)
    }
    ranking.sort(metric: metric, within: radius, kernels: kernels) { label in
      id(scanned[Int(label >> 32)], Int(label & 0xffff_ffff))
    }
  }

  /// Candidates whose values are found before the others are looked at again.
  private static let fewestCompared = 24

  /// Finds the values of some of the candidates.
  private func compare(_ query: Int, from first: Int, to end: Int, _ ranking: inout Ranking) {
    guard first < end else { return }
    if ranking.values.count < ranking.labels.count {
      let missing = max(64, ranking.labels.count * 2) - ranking.values.count
      ranking.values.append(contentsOf: repeatElement(0, count: missing))
    }
    let rowBytes = dimension * 4
    let start = unsafe queries.baseAddress + query * rowBytes
    unsafe ranking.pointers.removeAll(keepingCapacity: true)
    for index in first..<end {
      let label = ranking.labels[index]
      unsafe ranking.pointers.append(
        bases[Int(label >> 32)] + Int(label & 0xffff_ffff) * rowBytes)
    }
    unsafe ranking.values.withUnsafeMutableBufferPointer { values in
      guard let values = unsafe values.baseAddress.map({ unsafe $0 + first }) else { return }
      if metric == .l2 || metric == .innerProduct {
        unsafe kernels.functions.pointers(
          metric.faissCode, start, ranking.pointers, dimension, end - first, values)
      } else {
        for index in 0..<end - first {
          unsafe kernels.functions.rows(
            metric.faissCode, metric.argument, start, ranking.pointers[index], dimension, 1,
            values + index)
        }
      }
    }
  }

  /// The best of everything scanned, padded with id −1.
  package func neighbors() -> Neighbors {
    var result = Neighbors(empty: queryCount, k: k, metric: metric)
    var ranking = Ranking()
    for query in 0..<queryCount {
      settle(query, &ranking)
      for (place, index) in ranking.order.prefix(k).enumerated() {
        result.distances[query * k + place] = ranking.values[index]
        result.ids[query * k + place] = ranking.labels[index]
      }
    }
    // All ids in one go: where they lie is seldom in the cache, and so several are waited for at once.
    for place in result.ids.indices {
      let label = result.ids[place]
      guard label >= 0 else { continue }
      result.ids[place] = id(scanned[Int(label >> 32)], Int(label & 0xffff_ffff))
    }
    return result
  }

  /// For `k` 1, before anything is scanned: bounds every query by what one row of a block is worth, so
  /// that rows beyond it are passed over from the first panel on. The row itself still has to be scanned.
  ///
  /// - Parameter guesses: The number of a row for each query; what is no row bounds nothing.
  package mutating func expect(_ guesses: ArraySlice<Int64>, of block: RowBlock) {
    guard let rows = unsafe BlockPlace(block).rows.baseAddress else { return }
    let rowBytes = dimension * 4
    expected = Array(repeating: (-1, 0), count: queryCount)
    for (query, row) in guesses.enumerated() where row >= 0 && row < block.count {
      var value: Float = 0
      unsafe kernels.functions.rows(
        metric.faissCode, metric.argument, queries.baseAddress + query * rowBytes,
        rows + Int(row) * rowBytes, dimension, 1, &value)
      let (score, err) = score(value: value, query: query)
      guard (score + err).isFinite else { continue }
      states.bound(query, by: score + err)
      expected[query] = (row, value)
    }
  }

  /// For `k` 1: the id of the best row of each query and its value; id −1 if there is none. Unlike
  /// ``neighbors()`` it allocates nothing per query.
  package func nearest() -> (ids: [Int64], values: [Float]) {
    var ids = [Int64](repeating: -1, count: queryCount)
    var best = [Float](repeating: metric.worst, count: queryCount)
    var labels: [Int64] = []
    var pointers: [UnsafeRawPointer?] = unsafe []
    var values: [Float] = []
    let rowBytes = dimension * 4
    for query in 0..<queryCount {
      let state = unsafe states.states[query]
      let count = Int(unsafe state.count)
      // Where nothing but the row that was expected is left, its value is known.
      if count == 1, !expected.isEmpty, unsafe state.labels[0] == expected[query].row {
        (ids[query], best[query]) = (
          id(scanned[0], Int(expected[query].row)), expected[query].value
        )
        continue
      }
      labels.removeAll(keepingCapacity: true)
      unsafe pointers.removeAll(keepingCapacity: true)
      for index in 0..<count where unsafe state.lower[index] <= state.threshold {
        let label = unsafe state.labels[index]
        labels.append(label)
        unsafe pointers.append(bases[Int(label >> 32)] + Int(label & 0xffff_ffff) * rowBytes)
      }
      if values.count < labels.count { values = Array(repeating: 0, count: labels.count * 2) }
      unsafe kernels.functions.pointers(
        metric.faissCode, queries.baseAddress + query * rowBytes, pointers, dimension,
        labels.count, &values)
      for (index, label) in labels.enumerated() {
        let value = values[index]
        guard ids[query] < 0 || !metric.isBetter(best[query], than: value) else { continue }
        let id = id(scanned[Int(label >> 32)], Int(label & 0xffff_ffff))
        guard ids[query] < 0 || value != best[query] || id < ids[query] else { continue }
        ids[query] = id
        best[query] = value
      }
    }
    return (ids, best)
  }

  /// Everything within the radius.
  package func rangeNeighbors() -> RangeNeighbors {
    var result = RangeNeighbors(limits: [0], distances: [], ids: [])
    var ranking = Ranking()
    for query in 0..<queryCount {
      settle(query, &ranking)
      for index in ranking.order {
        let label = ranking.labels[index]
        result.distances.append(ranking.values[index])
        result.ids.append(id(scanned[Int(label >> 32)], Int(label & 0xffff_ffff)))
      }
      result.limits.append(result.ids.count)
    }
    return result
  }
}
