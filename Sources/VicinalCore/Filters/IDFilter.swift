/// Says which ids a search or a removal may touch.
///
/// An id that the filter does not contain is invisible to the search: results are exactly those
/// of an index holding the contained vectors only (for graphs, up to the graph's own recall).
///
/// The corresponding faiss types are `IDSelectorRange`, `IDSelectorBitmap`, `IDSelectorBatch`,
/// `IDSelectorArray`, `IDSelectorNot`, `IDSelectorAnd`, `IDSelectorOr` and `IDSelectorXOr`.
public indirect enum IDFilter: Sendable, Equatable {
  /// Ids `lowerBound ..< upperBound`.
  case range(Range<Int64>)
  /// Id i is contained if bit `i % 8` of byte `i / 8` is set; ids beyond the bytes are not.
  case bitmap([UInt8])
  /// Exactly these ids, in any order.
  case list(Set<Int64>)
  /// Ids that the inner filter does not contain.
  case not(IDFilter)
  /// Ids that all filters contain; all ids if there are none.
  case all([IDFilter])
  /// Ids that at least one filter contains; none if there are none.
  case any([IDFilter])
  /// Ids that exactly one of two filters contains.
  case exactlyOne(IDFilter, IDFilter)

  /// Exactly these ids.
  public static func ids(_ ids: some Sequence<Int64>) -> IDFilter { .list(Set(ids)) }

  /// Whether `id` may be touched.
  ///
  /// - Complexity: O(1) per node of the expression.
  public func contains(_ id: Int64) -> Bool {
    switch self {
    case .range(let range): return range.contains(id)
    case .bitmap(let bytes):
      guard id >= 0, id / 8 < bytes.count else { return false }
      return bytes[Int(id / 8)] >> UInt8(id % 8) & 1 == 1
    case .list(let ids): return ids.contains(id)
    case .not(let inner): return !inner.contains(id)
    case .all(let filters): return filters.allSatisfy { $0.contains(id) }
    case .any(let filters): return filters.contains { $0.contains(id) }
    case .exactlyOne(let a, let b): return a.contains(id) != b.contains(id)
    }
  }

  /// One bit per row: bit `i % 32` of word `i / 32` says whether the id of row `i` is contained.
  ///
  /// Kernels take this form, so that a filter is asked once per row and batch instead of once
  /// per row and query.
  ///
  /// - Parameter first: Rows behind so many are not contained, whatever their ids.
  package func mask(of count: Int, first: Int = .max, id: (Int) -> Int64) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: (count + 31) / 32)
    for row in 0..<min(count, first) where contains(id(row)) {
      words[row >> 5] |= 1 << UInt32(row & 31)
    }
    return words
  }
}
