import VicinalCore

/// Candidates of one query with their float values, put in order. Reused from query to query, so
/// that settling a query allocates nothing.
@safe struct Ranking {
  var labels: [Int64] = []
  var pointers: [UnsafeRawPointer?] = unsafe []
  /// At least as many as labels.
  var values: [Float] = []
  /// Positions in `labels`, best first.
  private(set) var order: [Int] = []
  private var keys = OrderedKeys()

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
