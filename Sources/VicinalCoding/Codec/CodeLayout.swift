/// How a container keeps codes in memory and in files.
public enum CodeLayout: Sendable, Hashable {
  /// One code after the other.
  case rows

  /// 4-bit sub-codes of `vectors` codes interleaved for fast scanning, so that one load brings
  /// the same pair of sub-codes of 32 vectors (section 10.4 of the format document).
  ///
  /// - `vectors`: Codes per block, a multiple of 32. faiss: `bbs`.
  /// - `pairs`: Bytes of 4-bit sub-codes per code; an odd last sub-code is paired with zero.
  /// - `extra`: Bytes of each code behind its sub-codes; a block keeps them code by code behind
  ///   the sub-codes of all. 0 for product quantizers.
  case interleaved(vectors: Int, pairs: Int, extra: Int)

  /// Codes that stand together: 1, or the codes of a block.
  public var blockCount: Int {
    switch self {
    case .rows: 1
    case .interleaved(let vectors, _, _): vectors
    }
  }

  /// Bytes of `count` codes of `codeSize` bytes; blocks are always whole.
  public func byteCount(codes count: Int, codeSize: Int) -> Int {
    switch self {
    case .rows: count * codeSize
    case .interleaved(let vectors, let pairs, let extra):
      (count + vectors - 1) / vectors * vectors * (pairs + extra)
    }
  }
}
