public import VicinalIndexes

/// An index that could be built, with what it is predicted to take.
public struct Candidate: Sendable, Hashable {
  /// What would be built.
  public var spec: IndexSpec
  /// Whether there is something that only makes searching faster (an int8 companion, terms of product
  /// codes or tables for them), and it fits the bound too.
  public var isAccelerated: Bool
  /// Bytes of the file, within 1 %.
  public var fileBytes: Int
  /// Bytes of the loaded index, at most.
  public var memoryBytes: Int

  /// Bytes that count against a bound: neither the file nor the memory may exceed it.
  public var boundedBytes: Int { max(fileBytes, memoryBytes) }

  /// Predicts the size of an index, without its companion if that does not fit.
  ///
  /// - Parameters:
  ///   - spec: What would be built.
  ///   - count: Vectors.
  ///   - dimension: Floats per vector.
  ///   - bound: Bytes that may be used; decides on the companion only.
  ///   - hasDirectMap: Whether inverted lists keep where each id is.
  public init(
    _ spec: IndexSpec, count: Int, dimension: Int, bound: Int, hasDirectMap: Bool = false
  ) {
    let file = spec.fileByteCount(count: count, dimension: dimension, hasDirectMap: hasDirectMap)
    var map = 0.0
    if hasDirectMap, case .ivf = spec.core { map = 8 * Double(count) }
    func memory(_ isAccelerated: Bool) -> Double {
      map + spec.byteCount(count: count, dimension: dimension, isAccelerated: isAccelerated)
    }
    self.spec = spec
    fileBytes = Self.whole(file)
    let bare = memory(false)
    let accelerated = memory(true)
    isAccelerated = accelerated > bare && accelerated <= Double(bound)
    memoryBytes = Self.whole(isAccelerated ? accelerated : bare)
  }

  /// Whether an int8 companion fits the bound too.
  public var hasInt8Companion: Bool { isAccelerated && spec.takesInt8Companion }

  /// Whether a bound is kept.
  public func fits(_ bound: Int) -> Bool { boundedBytes <= bound }

  /// As a size that cannot overflow, rounded up.
  static func whole(_ bytes: Double) -> Int {
    bytes < 9e18 ? Int(bytes.rounded(.up)) : .max
  }
}

extension IndexSpec {
  /// Whether the innermost index can carry an int8 companion.
  var takesInt8Companion: Bool {
    switch core {
    case .flat, .hnsw(_, nil), .ivf(_, _, nil): true
    default: false
    }
  }
}
