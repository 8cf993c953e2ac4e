public import VicinalCore

/// A binary index that numbers its vectors 0 ..< `count` and can keep it so when some go or others
/// come: what id maps need of the index inside them.
protocol BinaryNumberedIndex: BinaryIndex {
  /// Removes every vector whose number the filter contains; the numbers behind it move up.
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int

  /// Adds the vectors of another index of the same kind and training behind those of this one.
  mutating func append(numbersOf other: Self) throws(IndexError)
}

extension BinaryNumberedIndex {
  /// Requires no offset of ids, where there are no ids but numbers.
  func requireNoOffset(_ offset: Int64, _ kind: String) throws(IndexError) {
    guard offset == 0 else {
      throw IndexError(
        .unsupported, "\(kind) numbers its vectors itself; idOffset must be 0, got \(offset)")
    }
  }
}

extension BinaryFlatIndex: BinaryNumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int { try remove(filter) }

  mutating func append(numbersOf other: BinaryFlatIndex) throws(IndexError) {
    try requireSameDimension(other)
    rows.append(other.rows)
  }

  /// Forgets all vectors.
  public mutating func reset() throws(IndexError) { rows = BinaryRows(codeSize: codeSize) }
}

extension BinaryIVFIndex: BinaryNumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    try requireNumbers()
    let gone = lists.names(in: filter)
    guard !gone.isEmpty else { return 0 }
    for list in lists.indices {
      let ids = lists[list].ids
      lists[list].filter { !filter.contains(ids.int64(at: $0)) }
      lists[list].renumber { id in id - gone.places(below: id) }
    }
    count -= gone.count
    directMap = locations(directMap.kind, length: count)
    return gone.count
  }

  mutating func append(numbersOf other: BinaryIVFIndex) throws(IndexError) {
    try requireSameCells(other)
    try requireNumbers()
    try other.requireNumbers()
    let offset = Int64(count)
    for list in lists.indices { lists[list].append(other.lists[list], idOffset: offset) }
    count += other.count
    directMap = locations(directMap.kind, length: count)
  }

  private func requireNumbers() throws(IndexError) {
    try lists.requireNumbers(0..<Int64(count))
  }
}
