package import VicinalCore

extension VectorIndex {
  /// Whether ids are the numbers of vectors in the order of adding, 0 ..< `count`, as far as the index
  /// keeps ids; only then can row i of the data be looked for under the id i. Those of an index in
  /// parts go through.
  package var numbersRows: Bool { numbersRows(from: 0) }

  fileprivate func numbersRows(from first: Int64) -> Bool {
    switch self {
    case let mapped as IDMapIndex:
      mapped.ids.enumerated().allSatisfy { first + Int64($0.offset) == $0.element }
    case let transformed as TransformedIndex: transformed.inner.numbersRows(from: first)
    case let refined as RefinedIndex: refined.base.numbersRows(from: first)
    case let lists as IVFPQRIndex: lists.base.numbersItself(from: first)
    case let lists as IVFIndex: lists.numbersItself(from: first)
    case let parts as ShardedIndex: parts.numbersParts(from: first)
    default: first == 0
    }
  }
}

extension ShardedIndex {
  /// Whether each part goes on with the ids where the part before ended.
  fileprivate func numbersParts(from first: Int64) -> Bool {
    var next = first
    for shard in shards {
      guard shard.numbersRows(from: numbering == .successive ? 0 : next) else { return false }
      next += Int64(shard.count)
    }
    return numbering == .global || first == 0
  }
}
