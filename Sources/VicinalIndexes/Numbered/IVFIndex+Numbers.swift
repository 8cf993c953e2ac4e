import VicinalCore

extension IVFIndex: NumberedIndex {
  /// Ids that vectors can have if the index gave them, those in no list included.
  private var numberRange: Range<Int64> { 0..<Int64(count) + Int64(unlistedCount) }

  private func requireNumbers() throws(IndexError) {
    try lists.requireNumbers(numberRange)
  }

  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    try requireNumbers()
    let gone = lists.names(in: filter)
    guard !gone.isEmpty else { return 0 }
    let kind = try withoutDirectMap { index throws(IndexError) in try index.remove(filter) }
    for list in lists.indices where lists[list].count > 0 {
      lists[list].renumber { id in id - gone.places(below: id) }
    }
    directMap = locations(kind, length: count + unlistedCount)
    return gone.count
  }

  mutating func append(numbersOf other: IVFIndex) throws(IndexError) {
    try requireSameCells(other)
    try requireNumbers()
    try other.requireNumbers()
    var moved = other
    let offset = numberRange.upperBound
    let kind = try withoutDirectMap { index throws(IndexError) in
      try index.merge(from: &moved, idOffset: offset)
    }
    directMap = locations(kind, length: count + unlistedCount)
  }

  /// Changes the lists without keeping the direct map up to date.
  ///
  /// - Returns: The kind of map to be made anew.
  private mutating func withoutDirectMap<Ignored>(
    _ body: (inout IVFIndex) throws(IndexError) -> Ignored
  ) throws(IndexError) -> DirectMap.Kind {
    let map = directMap
    directMap = .none
    do throws(IndexError) {
      _ = try body(&self)
    } catch {
      directMap = map
      throw error
    }
    return map.kind
  }
}

extension [Int64] {
  /// How many elements of an ascending array are smaller than `value`.
  func places(below value: Int64) -> Int64 {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return Int64(low)
  }
}

extension InvertedList {
  /// Gives every vector another id.
  mutating func renumber(_ name: (Int64) -> Int64) {
    var renamed = ByteStorage()
    renamed.reserve(ids.count)
    for offset in 0..<count { renamed.append(name(id(at: offset))) }
    ids = renamed
  }
}
