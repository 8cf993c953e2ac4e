public import VicinalCore

extension BinaryIDMapIndex: BinaryRemovable, BinaryMergeable {
  /// Removes every vector whose id the filter contains.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index cannot remove vectors and number
  ///   the others anew; the index is then as before.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    guard var numbered = inner as? any BinaryNumberedIndex else {
      throw IndexError(
        .unsupported,
        "the index inside the id map (\(type(of: inner))) cannot remove vectors and number the others"
          + " anew")
    }
    let removed = try numbered.removeNumbers(numbers(filter))
    inner = numbered
    removeNames(filter)
    return removed
  }

  /// Moves the vectors of `other`, with their ids plus an offset, behind those of this index.
  ///
  /// - Throws: Also ``IndexError/Code/invalidArgument`` if an id would become negative, and
  ///   ``IndexError/Code/unsupported`` if the inner index cannot take over vectors.
  public mutating func merge(
    from other: inout BinaryIDMapIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    let moved =
      offset == 0
      ? other.ids
      : try other.ids.map { id throws(IndexError) in try shiftedID(id, by: offset) }
    var emptied = other
    try emptied.reset()
    try append(other.inner, named: moved)
    other = emptied
  }

  /// Adds the vectors of an index of the same kind as the inner one, under given ids.
  ///
  /// - Throws: As ``merge(from:idOffset:)``.
  mutating func append(_ part: any BinaryIndex, named names: [Int64]) throws(IndexError) {
    guard var numbered = inner as? any BinaryNumberedIndex else {
      throw IndexError(
        .unsupported,
        "the index inside the id map (\(type(of: inner))) cannot take over vectors of another")
    }
    try appendOpened(part, to: &numbered)
    inner = numbered
    appendNames(names)
  }

  /// Forgets all vectors and their ids.
  public mutating func reset() throws(IndexError) {
    try inner.reset()
    (ids, places) = ([], [:])
  }
}

private func appendOpened<Index: BinaryNumberedIndex>(
  _ other: any BinaryIndex, to index: inout Index
) throws(IndexError) {
  guard let same = other as? Index else {
    throw IndexError(
      .invalidArgument,
      "the index inside one id map is a \(Index.self), that in the other a \(type(of: other))")
  }
  try index.append(numbersOf: same)
}

extension BinaryFromFloatIndex: BinaryNumberedIndex, BinaryRemovable, BinaryMergeable {
  private static let role = "the index over floats"

  /// Removes every vector whose id the filter contains; the ids after it move up.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index cannot do that.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    try removeNumbers(filter)
  }

  /// Moves the vectors of `other` into this index.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the inner indexes cannot be merged.
  public mutating func merge(
    from other: inout BinaryFromFloatIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try mergeAny(&other.inner, into: &inner, idOffset: offset, Self.role)
  }

  /// Forgets all vectors.
  public mutating func reset() throws(IndexError) { try inner.reset() }

  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    try VicinalIndexes.removeNumbers(filter, from: &inner, Self.role)
  }

  mutating func append(numbersOf other: BinaryFromFloatIndex) throws(IndexError) {
    try appendNumbers(of: other.inner, to: &inner, Self.role)
  }
}
