import CVicinalKernels
package import VicinalCore

/// From candidates to answers: float values, ordered by value and id.
extension BlockScan {
  /// A row that was compared in float.
  struct Found {
    var value: Float
    var id: Int64
    var label: Int64
  }

  /// Makes sure that a panel of candidates fits a query's state.
  func makeRoom(_ query: Int) {
    guard states.isFull(query) else { return }
    guard radius == nil else {
      states.grow(query)
      return
    }
    // Many rows are too close to call in int8 (ties, for example): settle them in float now.
    let best = settle(query)
    states.replaceCandidates(query, with: best.prefix(k).map(\.label))
  }

  /// The candidates of a query in float, best first, ties by id.
  private func settle(_ query: Int) -> [Found] {
    let labels = states.candidates(query)
    var values = [Float](repeating: 0, count: labels.count)
    let rowBytes = dimension * 4
    let position = { (label: Int64) in (Int(label >> 32), Int(label & 0xffff_ffff)) }
    if metric == .l2 || metric == .innerProduct {
      let pointers: [UnsafeRawPointer?] = unsafe labels.map { label in
        let (block, row) = position(label)
        return unsafe scanned[block].rows.baseAddress + row * rowBytes
      }
      unsafe kernels.functions.pointers(
        metric.faissCode, queries.baseAddress + query * rowBytes, pointers, dimension,
        labels.count, &values)
    } else {
      for (index, label) in labels.enumerated() {
        let (block, row) = position(label)
        unsafe kernels.functions.rows(
          metric.faissCode, metric.argument, queries.baseAddress + query * rowBytes,
          scanned[block].rows.baseAddress + row * rowBytes, dimension, 1, &values[index])
      }
    }
    var found: [Found] = []
    found.reserveCapacity(labels.count)
    for (index, label) in labels.enumerated() where !values[index].isNaN {
      if let radius, !metric.isBetter(values[index], than: radius) { continue }
      let (block, row) = position(label)
      found.append(
        Found(value: values[index], id: id(scanned[block].number, row), label: label))
    }
    let isSimilarity = metric.isSimilarity
    found.sort {
      $0.value != $1.value
        ? (isSimilarity ? $0.value > $1.value : $0.value < $1.value) : $0.id < $1.id
    }
    return found
  }

  /// The best of everything scanned, padded with id −1.
  package func neighbors() -> Neighbors {
    var result = Neighbors(empty: queryCount, k: k, metric: metric)
    for query in 0..<queryCount {
      for (place, found) in settle(query).prefix(k).enumerated() {
        result.distances[query * k + place] = found.value
        result.ids[query * k + place] = found.id
      }
    }
    return result
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
    let bases = unsafe scanned.map { unsafe $0.rows.baseAddress }
    for query in 0..<queryCount {
      let state = unsafe states.states[query]
      labels.removeAll(keepingCapacity: true)
      unsafe pointers.removeAll(keepingCapacity: true)
      let count = Int(unsafe state.count)
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
        let id = id(scanned[Int(label >> 32)].number, Int(label & 0xffff_ffff))
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
    for query in 0..<queryCount {
      for found in settle(query) {
        result.distances.append(found.value)
        result.ids.append(found.id)
      }
      result.limits.append(result.ids.count)
    }
    return result
  }
}
