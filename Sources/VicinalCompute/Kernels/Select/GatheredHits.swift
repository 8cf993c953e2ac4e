import CVicinalKernels
import VicinalCore

/// Values and labels gathered without order and cut to the best `k` now and then: what
/// ``TopKCollector`` does where `k` is too large to keep entries in order.
///
/// Room grows with what comes, up to about twice `k`.
struct GatheredHits: Sendable {
  private let k: Int
  private let isSimilarity: Bool
  private let kernels: KernelSet
  private var keys = OrderedKeys()

  /// The key of the worst entry after the last cut.
  private var worst: UInt32?

  init(k: Int, isSimilarity: Bool, kernels: KernelSet) {
    self.k = k
    self.isSimilarity = isSimilarity
    self.kernels = kernels
  }

  /// Entries held.
  var count: Int { keys.count }

  /// The value of the worst of `k` entries; `nil` before there are so many.
  var worstValue: Float? { worst.map { OrderedKeys.value($0, isSimilarity: isSimilarity) } }

  /// Forgets all entries; memory stays.
  mutating func reset() {
    keys.removeAll()
    worst = nil
  }

  /// Adds those of the first `added` values that are not worse than the threshold.
  ///
  /// - Parameters:
  ///   - ids: The label of each row, 8 bytes each; empty where they follow `firstLabel`.
  ///   - firstLabel: The label of row 0 where there are no ids.
  /// - Returns: Whether there are so many entries that they should be cut.
  mutating func gather(
    _ values: Span<Float>, rows: Span<Int32>, count added: Int, within threshold: Float,
    ids: RawSpan, firstLabel: Int64
  ) -> Bool {
    precondition(added <= values.count && added <= rows.count)
    keys.reserve(added)
    unsafe values.withUnsafeBufferPointer { values in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe ids.withUnsafeBytes { ids in
          unsafe keys.update { keys, labels, count in
            unsafe kernels.functions.select.gather(
              values.baseAddress, rows.baseAddress, added, threshold, isSimilarity ? 1 : 0,
              ids.count > 0 ? ids.baseAddress : nil, firstLabel, keys, labels, count)
          }
        }
      }
    }
    return count >= k && count - k >= k
  }

  /// Drops all but the best `k`.
  mutating func cut() {
    guard count > k else {
      if count == k { worst = keys.worst }
      return
    }
    unsafe keys.update { keys, labels, count in
      worst = unsafe kernels.functions.select.cut(keys, labels, count, k)
      return k
    }
  }

  /// Puts the entries in order, best first.
  mutating func order() { keys.order(kernels: kernels) }

  /// The value and label of entry `place`, 0 ..< `count`.
  func entry(_ place: Int) -> (value: Float, label: Int64) {
    (OrderedKeys.value(keys.key(place), isSimilarity: isSimilarity), keys.label(place))
  }
}
