package import VicinalCore

extension VectorIndex {
  /// Whether ids are the numbers of vectors in the order of adding, 0 ..< `count`, as far as the index
  /// keeps ids; only then can row i of the data be looked for under the id i.
  package var numbersRows: Bool {
    switch self {
    case let mapped as IDMapIndex:
      mapped.ids.enumerated().allSatisfy { Int64($0.offset) == $0.element }
    case let transformed as TransformedIndex: transformed.inner.numbersRows
    case let refined as RefinedIndex: refined.base.numbersRows
    case let lists as IVFPQRIndex: lists.base.numbersItself
    case let lists as IVFIndex: lists.numbersItself
    default: true
    }
  }
}
