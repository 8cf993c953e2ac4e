/// Decides when the pages of a mapped file should be given back while reading through it.
///
/// Counting what was touched keeps resident memory bounded for any batch size; giving back each
/// batch on its own would drop nothing when batches are smaller than what can be dropped.
struct PageBudget {
  /// Bytes that may be resident before they are given back; a larger batch stays whole while it
  /// is in use.
  private static let limit = 16 << 20

  /// One touch can make this much resident: a file may lie in memory in blocks of up to 2 MiB,
  /// which are mapped whole (seen on Linux 6.18, ext4, 2026-11; elsewhere it is often 64 KiB).
  private static let block = 2 << 20

  private var spent = 0
  private var mappedEnd = 0

  /// Counts bytes that are touched, in ascending order of files' offsets as far as possible;
  /// `true` says that it is time to give the pages back, and begins anew.
  mutating func isSpent(touching bytes: Range<Int>) -> Bool {
    let start = bytes.lowerBound / Self.block * Self.block
    // Bytes of a mapped file: rounding up cannot overflow.
    let end = (bytes.upperBound + Self.block - 1) / Self.block * Self.block
    // What lies behind the end of the last touch is new; going back starts a new stretch.
    let isAhead = start < mappedEnd && bytes.lowerBound >= mappedEnd - Self.block
    spent += max(0, end - (isAhead ? mappedEnd : start))
    mappedEnd = end
    guard spent >= Self.limit else { return false }
    self = PageBudget()
    return true
  }
}
