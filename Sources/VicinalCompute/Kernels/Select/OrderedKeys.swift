import CVicinalKernels

/// Values as integers that order alike, best first, each with a label: what selections gather and
/// put in order. Memory is kept when it is emptied.
struct OrderedKeys: Sendable {
  /// The first `count` hold.
  private var keys: [UInt32] = []
  private var labels: [Int64] = []
  private(set) var count = 0

  /// Where ``order(kernels:)`` writes.
  private var otherKeys: [UInt32] = []
  private var otherLabels: [Int64] = []

  /// Entries that are put in order by counting; more are sorted.
  private static let mostCounted = 512

  /// Forgets all entries.
  mutating func removeAll() { count = 0 }

  /// Adds an entry.
  mutating func append(_ value: Float, isSimilarity: Bool, label: Int64) {
    reserve(1)
    // Adding 0 makes both zeros one.
    let bits = ((isSimilarity ? -value : value) + 0).bitPattern
    keys[count] = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    labels[count] = label
    count += 1
  }

  /// Makes room for more entries.
  mutating func reserve(_ more: Int) {
    guard keys.count < count + more else { return }
    let added = max(count + more, keys.count * 2, 64) - keys.count
    keys.append(contentsOf: repeatElement(0, count: added))
    labels.append(contentsOf: repeatElement(0, count: added))
  }

  /// Lets a kernel change the entries; it returns how many there are then.
  mutating func update(
    _ body: (UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<Int64>?, Int) -> Int
  ) {
    count = unsafe keys.withUnsafeMutableBufferPointer { keys in
      unsafe labels.withUnsafeMutableBufferPointer { labels in
        unsafe body(keys.baseAddress, labels.baseAddress, count)
      }
    }
  }

  /// Puts the entries in order, best first, equal values by label.
  mutating func order(kernels: KernelSet) {
    guard count > 1 else { return }
    if count <= Self.mostCounted {
      if otherKeys.count < keys.count {
        otherKeys = keys
        otherLabels = labels
      }
      unsafe kernels.functions.select.order(keys, labels, count, &otherKeys, &otherLabels)
      swap(&keys, &otherKeys)
      swap(&labels, &otherLabels)
    } else {
      var entries = (0..<count).map { UInt128(keys[$0]) << 64 | Self.bits(labels[$0]) }
      entries.sort()
      for (place, entry) in entries.enumerated() {
        keys[place] = UInt32(truncatingIfNeeded: entry >> 64)
        labels[place] = Int64(bitPattern: UInt64(truncatingIfNeeded: entry) ^ 1 << 63)
      }
    }
  }

  private static func bits(_ label: Int64) -> UInt128 {
    UInt128(UInt64(bitPattern: label) ^ 1 << 63)
  }

  /// The label of entry `place`, 0 ..< ``count``.
  func label(_ place: Int) -> Int64 { labels[place] }

  /// The key of entry `place`, 0 ..< ``count``.
  func key(_ place: Int) -> UInt32 { keys[place] }

  /// The largest key, if there are entries.
  var worst: UInt32? { keys.prefix(count).max() }

  /// The value that a key stands for.
  static func value(_ key: UInt32, isSimilarity: Bool) -> Float {
    let value = Float(bitPattern: key & 0x8000_0000 == 0 ? ~key : key & 0x7fff_ffff)
    return isSimilarity ? 0 - value : value
  }
}
