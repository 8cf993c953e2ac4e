import VicinalCore

/// Bytes of results up to which `k` may exceed the number of vectors.
private let largestPadding = 1 << 29

extension BinaryIndex {
  /// The checks that every search begins with.
  func requireSearchable(_ queries: borrowing BinaryBatch, k: Int) throws(IndexError) {
    try queries.requireDimension(dimension, of: "queries")
    guard k >= 1 else { throw IndexError(.invalidArgument, "k must be at least 1, got \(k)") }
    guard isTrained else {
      throw IndexError(.notTrained, "the index is not trained; train it on a sample first")
    }
    let bytes = try checkedProduct(queries.count, k, 12, of: "the results")
    guard k <= count || bytes <= largestPadding else {
      throw IndexError(
        .invalidArgument,
        "k = \(k) exceeds the \(count) vectors of the index so far that the padding alone would"
          + " fill memory (\(bytes) bytes of results); lower k")
    }
  }

  /// A radius as scans take it: no distance reaches more than all bits.
  func clampedRadius(_ radius: Int) -> Int32 { Int32(clamping: max(0, min(radius, dimension + 1))) }

  /// Requires ids that fit the vectors, and gives a copy of them.
  func requireIDs(
    _ ids: Span<Int64>, for vectors: borrowing BinaryBatch
  ) throws(IndexError) -> [Int64] {
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "every vector needs an id: \(vectors.count) vectors, \(ids.count) ids")
    }
    let copied = ids.indices.map { ids[$0] }
    try requireUsableIDs(copied)
    return copied
  }

  /// Says that the dimensions of two indexes to be merged differ.
  func requireSameDimension(_ other: some BinaryIndex) throws(IndexError) {
    guard other.dimension == dimension else {
      throw IndexError(
        .invalidArgument,
        "both indexes need \(dimension) bits per vector; the other has \(other.dimension)")
    }
  }
}
