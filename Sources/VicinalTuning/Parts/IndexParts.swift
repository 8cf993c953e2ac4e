public import VicinalCore
import VicinalIndexes

/// Indexes that hold the vectors of one source together: how they are divided and named.
public enum IndexParts {
  /// Consecutive ranges, the first of them longer by one where the division leaves a remainder; as
  /// AutoFaiss divides.
  ///
  /// - Parameters:
  ///   - count: Vectors.
  ///   - parts: At least 1; no more parts than vectors are made, but always one.
  public static func ranges(_ count: Int, parts: Int) -> [Range<Int>] {
    let parts = max(1, min(parts, count))
    let (size, longer) = (count / parts, count % parts)
    var first = 0
    return (0..<parts).map { number in
      defer { first += size + (number < longer ? 1 : 0) }
      return first..<first + size + (number < longer ? 1 : 0)
    }
  }

  /// What AutoFaiss appends to the paths of parts: 0…N−1 with as many digits as N has; nothing for a
  /// single one.
  public static func suffixes(_ parts: Int) -> [String] {
    guard parts > 1 else { return [""] }
    let width = String(parts).count
    return (0..<parts).map { number in
      let digits = String(number)
      return String(repeating: "0", count: width - digits.count) + digits
    }
  }

  /// Gives the vectors of a part the ids `first ..< first + count`: in the lists of an inverted file,
  /// by an id map in front of any other index.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` for an inverted file with a direct map.
  public static func shiftIDs(of index: inout any VectorIndex, by first: Int) throws(IndexError) {
    guard index.core is IVFIndex, !(index is IDMapIndex) else {
      let names = Array(Int64(first)..<Int64(first) + Int64(index.count))
      let (inner, isReversible) = index.withoutIDMap
      index = try IDMapIndex(inner, ids: names, isReversible: isReversible)
      return
    }
    try withCore(of: &index) { core throws(IndexError) in
      guard var lists = core as? IVFIndex else { return }
      core = FlatIndex(dimension: lists.dimension)
      defer { core = lists }
      try lists.shiftIDs(by: Int64(first))
    }
  }
}

extension VectorIndex {
  fileprivate var withoutIDMap: (any VectorIndex, Bool) {
    guard let mapped = self as? IDMapIndex else { return (self, false) }
    return (mapped.inner, mapped.isReversible)
  }
}
