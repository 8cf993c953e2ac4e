import VicinalCore

/// Candidates of one query with their float values, put in order. Reused from query to query, so
/// that settling a query allocates nothing.
@safe struct Ranking {
  private(set) var labels: [Int64] = []
  /// What the score of each is at least.
  private var lower: [Float] = []
  var pointers: [UnsafeRawPointer?] = unsafe []
  /// At least as many as labels.
  var values: [Float] = []
  /// Positions in `labels`, best first.
  private(set) var order: [Int] = []
  private var keys = OrderedKeys()
  private var uppers: [Float] = []
  private var sortedLabels: [Int64] = []
  private var sortedLower: [Float] = []

  /// Forgets all candidates, and makes room for as many at once as may come: a search of one query would
  /// otherwise ask for memory dozens of times.
  mutating func begin(most: Int) {
    labels.removeAll(keepingCapacity: true)
    lower.removeAll(keepingCapacity: true)
    guard labels.capacity < most else { return }
    let room = max(64, most + most / 2)
    labels.reserveCapacity(room)
    lower.reserveCapacity(room)
    unsafe pointers.reserveCapacity(room)
    order.reserveCapacity(room)
    keys.reserve(room)
  }

  /// Adds a candidate.
  mutating func append(_ label: Int64, lower bound: Float) {
    labels.append(label)
    lower.append(bound)
  }

  /// Puts the candidates in the order of their lower bounds: those with values come first.
  mutating func orderByBounds(kernels: KernelSet) {
    keys.removeAll()
    keys.reserve(lower.count)
    for position in lower.indices {
      keys.append(lower[position], isSimilarity: false, label: Int64(position))
    }
    keys.order(kernels: kernels)
    sortedLabels.removeAll(keepingCapacity: true)
    sortedLower.removeAll(keepingCapacity: true)
    sortedLabels.reserveCapacity(labels.capacity)
    sortedLower.reserveCapacity(lower.capacity)
    for place in 0..<keys.count {
      let position = Int(keys.label(place))
      sortedLabels.append(labels[position])
      sortedLower.append(lower[position])
    }
    swap(&labels, &sortedLabels)
    swap(&lower, &sortedLower)
  }

  /// Drops the candidates from `first` on that cannot be among the `k` best, now that the values of those
  /// before are known; they are in the order of their lower bounds.
  ///
  /// - Parameter score: The score of a value, and how far rounding may have moved it.
  mutating func dropBeyond(_ k: Int, from first: Int, score: (Float) -> (Float, Float)) {
    uppers.removeAll(keepingCapacity: true)
    uppers.reserveCapacity(first)
    for position in 0..<first {
      let (value, err) = score(values[position])
      if !value.isNaN { uppers.append(value + err) }
    }
    guard uppers.count >= k else { return }
    uppers.sort()
    let limit = uppers[k - 1]
    var end = first
    while end < lower.count, lower[end] <= limit { end += 1 }
    labels.removeLast(labels.count - end)
    lower.removeLast(lower.count - end)
  }

  /// Orders by value, ties by id; drops NaN and what lies outside the radius.
  ///
  /// Ids are only asked where values are equal.
  mutating func sort(
    metric: Metric, within radius: Float?, kernels: KernelSet, id: (Int64) -> Int64
  ) {
    let isSimilarity = metric.isSimilarity
    keys.removeAll()
    for position in labels.indices {
      let value = values[position]
      if value.isNaN { continue }
      if let radius, !metric.isBetter(value, than: radius) { continue }
      keys.append(value, isSimilarity: isSimilarity, label: Int64(position))
    }
    keys.order(kernels: kernels)
    order.removeAll(keepingCapacity: true)
    for place in 0..<keys.count { order.append(Int(keys.label(place))) }
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      if end - start > 1 {
        let labels = labels
        order[start..<end].sort { id(labels[$0]) < id(labels[$1]) }
      }
      start = end
    }
  }
}
