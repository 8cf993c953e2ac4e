import VicinalCore

/// Which buckets of a hash table a query visits: those whose hash differs from its own in at most
/// `flips` bits. faiss: `FlipEnumerator`.
struct HashProbe {
  /// Bits of a hash, 1…64.
  let bits: Int
  /// faiss: `nflip`.
  let flips: Int

  /// Largest number of bits of a hash.
  static let mostBits = 64

  /// The hash at bit `first` of a vector; bits are counted from the lowest of each byte.
  static func hash(of row: RawSpan, first: Int, bits: Int) -> UInt64 {
    var hash: UInt64 = 0
    for place in 0..<bits {
      let bit = row.byte((first + place) >> 3) >> UInt8((first + place) & 7) & 1
      hash |= UInt64(bit) << UInt64(place)
    }
    return hash
  }

  /// Calls `body` for each bucket within reach, in an order that depends on nothing else.
  func forEach<Bucket>(
    near hash: UInt64, in buckets: [UInt64: Bucket], _ body: (Bucket) -> Void
  ) {
    if hashCount(atMost: buckets.count) < buckets.count {
      visit(hash, from: 0, left: flips) { if let bucket = buckets[$0] { body(bucket) } }
    } else {
      // There are fewer buckets than hashes within reach.
      for (other, bucket) in buckets where (other ^ hash).nonzeroBitCount <= flips {
        body(bucket)
      }
    }
  }

  /// Hashes within reach, or `most` if there are more.
  private func hashCount(atMost most: Int) -> Int {
    var (total, term) = (1, 1)
    for flipped in 1..<max(1, min(flips, bits) + 1) {
      // term = bits choose flipped; it stays far from overflow because of the limit.
      term = term * (bits - flipped + 1) / flipped
      total += term
      if total >= most || total > 1 << 40 { return most }
    }
    return total
  }

  private func visit(_ hash: UInt64, from first: Int, left: Int, _ body: (UInt64) -> Void) {
    body(hash)
    guard left > 0, first < bits else { return }
    for bit in first..<bits {
      visit(hash ^ (1 << UInt64(bit)), from: bit + 1, left: left - 1, body)
    }
  }
}
