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
  private var keys: [UInt64] = []

  /// Orders by value, ties by id; drops NaN and what lies outside the radius.
  ///
  /// A value and its position fit one integer, so that sorting compares integers; ids are only
  /// asked where values are equal.
  mutating func sort(metric: Metric, within radius: Float?, id: (Int64) -> Int64) {
    let isSimilarity = metric.isSimilarity
    keys.removeAll(keepingCapacity: true)
    for position in labels.indices {
      let value = values[position]
      if value.isNaN { continue }
      if let radius, !metric.isBetter(value, than: radius) { continue }
      keys.append(Self.key(isSimilarity ? -value : value) << 32 | UInt64(position))
    }
    unsafe keys.withUnsafeMutableBufferPointer { unsafe $0.sort() }
    order.removeAll(keepingCapacity: true)
    for key in keys { order.append(Int(key & 0xffff_ffff)) }
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

  /// An integer that orders as the float does; both zeros are the same.
  private static func key(_ value: Float) -> UInt64 {
    let bits = (value + 0).bitPattern
    return UInt64(bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits)
  }
}
