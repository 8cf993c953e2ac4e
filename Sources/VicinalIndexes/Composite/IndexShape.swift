import VicinalCoding
package import VicinalCore

extension VectorIndex {
  /// Whether an index is made of the same parts as another one: kinds, cells, transforms, and codes of
  /// the same length. Id maps and what scaling to length 1 stands in front do not matter.
  package func isBuilt(like other: any VectorIndex) -> Bool {
    let (mine, theirs) = (behindIDs, other.behindIDs)
    guard mine.dimension == theirs.dimension else { return false }
    switch (mine, theirs) {
    case (let a as TransformedIndex, let b as TransformedIndex):
      let (first, second) = (a.steps, b.steps)
      guard first.elementsEqual(second) else { return false }
      return a.inner.isBuilt(like: b.inner)
    case (let a as TransformedIndex, _) where a.steps.isEmpty:
      return a.inner.isBuilt(like: theirs)
    case (_, let b as TransformedIndex) where b.steps.isEmpty: return mine.isBuilt(like: b.inner)
    case (let a as RefinedIndex, let b as RefinedIndex):
      return a.base.isBuilt(like: b.base) && a.refiner.isBuilt(like: b.refiner)
    case (let a as IVFIndex, let b as IVFIndex):
      return a.listCount == b.listCount && a.codec?.codeSize == b.codec?.codeSize
    case (let a as IVFPQRIndex, let b as IVFPQRIndex): return a.base.isBuilt(like: b.base)
    case (let a as CodedIndex, let b as CodedIndex): return a.codec.codeSize == b.codec.codeSize
    default: return type(of: mine) == type(of: theirs)
    }
  }

  private var behindIDs: any VectorIndex {
    if let mapped = self as? IDMapIndex { return mapped.inner.behindIDs }
    return self
  }
}

extension TransformedIndex {
  /// The dimensions of transforms that change vectors otherwise than by scaling them to length 1.
  fileprivate var steps: [Int] {
    chain.transforms.filter { !($0 is L2Normalization) }.map(\.outputDimension)
  }
}
