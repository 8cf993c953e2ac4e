package import VicinalCore

/// The best `k` of the values offered so far, with their labels.
///
/// The better value comes first, equal values by label: the result does not depend on the order
/// of the offers. NaN never enters, nor does the metric's worst value, which is what codecs give
/// to codes they skip. For small `k` the entries are kept in order; for larger ones they are gathered
/// and cut now and then, so that an offer costs O(1) in the long run.
///
/// faiss: `HeapResultHandler` and `ReservoirResultHandler`.
package struct TopKCollector: Sendable {
  /// Entries wanted, at least 1.
  package let k: Int

  /// Whether larger values are better.
  package let isSimilarity: Bool

  /// Values worse than this have no chance; those equal to it may have, by their label.
  package private(set) var threshold: Float

  /// For small `k`: value, then label, in an integer that orders as they do; `k` places, of which
  /// the first `held` are sorted.
  private var entries: [UInt128]
  private var held = 0

  /// Only entries below this may enter.
  private var limit = UInt128.max

  /// For larger `k`. Neither of the two is optional: changing what an optional holds would move it.
  private var gathered: GatheredHits
  private let isGathering: Bool

  /// The largest `k` for which inserting in order beats gathering and cutting.
  private static let largestSorted = 12

  /// Nothing offered yet.
  package init(k: Int, isSimilarity: Bool, kernels: KernelSet) {
    precondition(k >= 1)
    self.k = k
    self.isSimilarity = isSimilarity
    threshold = Self.loosest(isSimilarity)
    isGathering = k > Self.largestSorted
    entries = isGathering ? [] : Array(filling: k, with: .max)
    gathered = GatheredHits(k: k, isSimilarity: isSimilarity, kernels: kernels)
  }

  private static func loosest(_ isSimilarity: Bool) -> Float {
    isSimilarity ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
  }

  /// Values worse than this have no chance if their labels are larger than all offered so far: a
  /// flat scan does not have to look at values that equal the worst, of which distances between
  /// bit strings have many.
  package var thresholdForLaterLabels: Float {
    guard limit != .max || gathered.worstValue != nil else { return threshold }
    return isSimilarity ? threshold.nextUp : threshold.nextDown
  }

  /// Entries held that count, at most `k`.
  package var count: Int { min(k, isGathering ? gathered.count : held) }

  /// Forgets all entries; memory stays for the next query.
  package mutating func reset() {
    held = 0
    limit = .max
    gathered.reset()
    threshold = Self.loosest(isSimilarity)
  }

  /// Brings the threshold down to what the entries allow, which otherwise waits until they are many.
  package mutating func findThreshold() {
    if isGathering, gathered.count >= k { cut() }
  }

  /// Offers one value.
  ///
  /// - Complexity: O(1), amortised, for `k` that is not small; O(k) otherwise.
  package mutating func offer(_ value: Float, label: Int64) {
    guard isSimilarity ? value >= threshold : value <= threshold else { return }
    guard !isGathering else {
      let (values, rows) = (CollectionOfOne(value), CollectionOfOne(Int32(0)))
      gather(values.span, rows: rows.span, count: 1, ids: RawSpan(), firstLabel: label)
      return
    }
    let entry = entry(value, label)
    if entry < limit { insert(entry) }
  }

  /// Offers the values of rows that a selection has left.
  ///
  /// - Parameters:
  ///   - values: One per row, of which the first `count` are taken.
  ///   - rows: Their rows.
  ///   - firstLabel: The label of row 0; the others follow by one.
  package mutating func offer(
    _ values: Span<Float>, rows: Span<Int32>, count: Int, firstLabel: Int64
  ) {
    guard !isGathering else {
      gather(values, rows: rows, count: count, ids: RawSpan(), firstLabel: firstLabel)
      return
    }
    for index in 0..<count { offer(values[index], label: firstLabel + Int64(rows[index])) }
  }

  /// Offers the values of rows that a selection has left, whose labels are stored somewhere.
  ///
  /// - Parameter ids: The label of each row, 8 bytes each.
  package mutating func offer(
    _ values: Span<Float>, rows: Span<Int32>, count: Int, ids: RawSpan
  ) {
    guard !isGathering else {
      for index in 0..<count { precondition(Int(rows[index]) * 8 + 8 <= ids.byteCount) }
      gather(values, rows: rows, count: count, ids: ids, firstLabel: 0)
      return
    }
    for index in 0..<count {
      let value = values[index]
      guard isSimilarity ? value >= threshold : value <= threshold else { continue }
      offer(value, label: ids.loadUnaligned(Int(rows[index]) * 8, as: Int64.self))
    }
  }

  private mutating func gather(
    _ values: Span<Float>, rows: Span<Int32>, count: Int, ids: RawSpan, firstLabel: Int64
  ) {
    if gathered.gather(
      values, rows: rows, count: count, within: threshold, ids: ids, firstLabel: firstLabel)
    {
      cut()
    }
  }

  /// Takes the entries out, best first; the collector is then as new.
  ///
  /// - Parameters:
  ///   - values: At least `k` places; behind the entries they receive the metric's worst value.
  ///   - labels: At least `k` places; behind the entries they receive −1.
  /// - Returns: How many entries there were.
  @discardableResult
  package mutating func drain(
    into values: inout MutableSpan<Float>, labels: inout MutableSpan<Int64>
  ) -> Int {
    order()
    for place in 0..<k { (values[place], labels[place]) = result(at: place) }
    defer { reset() }
    return count
  }

  /// Takes the entries out as the row of one query in a result whose `k` is not smaller.
  package mutating func drain(into result: inout Neighbors, query: Int) {
    order()
    let start = query * result.k
    for place in 0..<k {
      (result.distances[start + place], result.ids[start + place]) = self.result(at: place)
    }
    reset()
  }
}

extension TopKCollector {
  private func entry(_ value: Float, _ label: Int64) -> UInt128 {
    let bits = ((isSimilarity ? -value : value) + 0).bitPattern
    let order = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt128(order) << 64 | UInt128(UInt64(bitPattern: label) ^ 1 << 63)
  }

  private func value(of entry: UInt128) -> Float {
    let order = UInt32(truncatingIfNeeded: entry >> 64)
    let value = Float(bitPattern: order & 0x8000_0000 == 0 ? ~order : order & 0x7fff_ffff)
    return isSimilarity ? 0 - value : value
  }

  private func label(of entry: UInt128) -> Int64 {
    Int64(bitPattern: UInt64(truncatingIfNeeded: entry) ^ 1 << 63)
  }

  /// Leaves the best entries, at most `k`, best first.
  private mutating func order() {
    guard isGathering else { return }
    gathered.cut()
    gathered.order()
  }

  private func result(at place: Int) -> (Float, Int64) {
    guard place < count else { return (isSimilarity ? -.infinity : .infinity, -1) }
    if isGathering { return gathered.entry(place) }
    return (value(of: entries[place]), label(of: entries[place]))
  }

  /// Puts an entry in its place among sorted ones.
  private mutating func insert(_ entry: UInt128) {
    var place = held
    if place < k { held += 1 } else { place -= 1 }
    let worst = Self.insert(entry, at: place, into: &entries)
    if held == k { tighten(to: worst) }
  }

  /// Moves larger entries before `place` one up and puts the entry before them. The array is looked
  /// at through a span: it would ask at every access whether it is shared.
  ///
  /// - Returns: The last entry.
  private static func insert(
    _ entry: UInt128, at place: Int, into entries: inout [UInt128]
  ) -> UInt128 {
    var span = entries.mutableSpan
    var place = place
    while place > 0, span[place - 1] > entry {
      span[place] = span[place - 1]
      place -= 1
    }
    span[place] = entry
    return span[span.count - 1]
  }

  /// Drops all but the best `k`, in no order.
  private mutating func cut() {
    gathered.cut()
    if let worst = gathered.worstValue { threshold = worst }
  }

  private mutating func tighten(to worst: UInt128) {
    limit = worst
    threshold = value(of: worst)
  }
}
