import VicinalCore

extension IDFilter {
  /// The filter in terms of a shard, whose vectors 0 ..< `count` have the ids
  /// `offset ..< offset + count` outside.
  ///
  /// - Complexity: O(1) for ranges, O(ids) for lists, O(count) for bitmaps.
  func shifted(to offset: Int64, count: Int) -> IDFilter {
    let own = offset..<offset + Int64(count)
    switch self {
    case .range(let range):
      let inside = range.clamped(to: own)
      return .range(inside.lowerBound - offset..<inside.upperBound - offset)
    case .list(let ids):
      return .list(Set(ids.lazy.filter(own.contains).map { $0 - offset }))
    case .bitmap:
      var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
      for place in 0..<count where contains(offset + Int64(place)) {
        bits[place >> 3] |= 1 << UInt8(place & 7)
      }
      return .bitmap(bits)
    case .not(let inner): return .not(inner.shifted(to: offset, count: count))
    case .all(let filters): return .all(filters.map { $0.shifted(to: offset, count: count) })
    case .any(let filters): return .any(filters.map { $0.shifted(to: offset, count: count) })
    case .exactlyOne(let a, let b):
      return .exactlyOne(
        a.shifted(to: offset, count: count), b.shifted(to: offset, count: count))
    }
  }
}
