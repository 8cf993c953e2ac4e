import VicinalCoding
package import VicinalCore

extension VectorIndex {
  /// Draws the cells of inverted lists from a seed, behind id maps, transforms and refinement too;
  /// other indexes stay as they are.
  ///
  /// - Throws: As ``withCore(of:_:)``.
  package mutating func seedClustering(_ seed: UInt64) throws(IndexError) {
    var whole: any VectorIndex = self
    try withCore(of: &whole) { core throws(IndexError) in
      switch core {
      case var lists as IVFIndex:
        lists.clustering.seed = seed
        core = lists
      case var refined as RefinedIndex:
        try refined.base.seedClustering(seed)
        core = refined
      default: break
      }
    }
    if let same = whole as? Self { self = same }
  }
}
