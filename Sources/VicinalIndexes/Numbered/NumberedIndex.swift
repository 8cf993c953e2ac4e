import VicinalCore

/// An index that numbers its vectors 0 ..< `count` and can keep it so when some go or others come:
/// what id maps, refined indexes and shards need of the indexes inside them.
protocol NumberedIndex: VectorIndex {
  /// Removes every vector whose number the filter contains; the numbers behind it move up.
  ///
  /// - Returns: How many were removed.
  /// - Throws: ``IndexError/Code/unsupported`` if the ids of this index are not numbers, or an
  ///   index inside it cannot do this; the index is then as before.
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int

  /// Adds the vectors of another index of the same kind and training behind those of this one.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the two do not fit,
  ///   ``IndexError/Code/unsupported`` as ``removeNumbers(_:)``; the index is then as before.
  mutating func append(numbersOf other: Self) throws(IndexError)
}

/// Removes by number from an index that may not be able to.
///
/// - Parameter role: What the index is for its owner, for the message: "the index inside the id map".
func removeNumbers(
  _ filter: IDFilter, from index: inout any VectorIndex, _ role: String
) throws(IndexError) -> Int {
  var removed = 0
  let isCapable = try withCapability(&index, as: (any NumberedIndex).self) {
    index throws(IndexError) in removed = try index.removeNumbers(filter)
  }
  guard isCapable else {
    throw IndexError(
      .unsupported, "\(role) (\(type(of: index))) cannot remove vectors and number the others anew")
  }
  return removed
}

/// Adds the vectors of one index behind those of another, which may not be able to take them.
func appendNumbers(
  of other: any VectorIndex, to index: inout any VectorIndex, _ role: String
) throws(IndexError) {
  let isCapable = try withCapability(&index, as: (any NumberedIndex).self) {
    index throws(IndexError) in try appendOpened(other, to: &index, role)
  }
  guard isCapable else {
    throw IndexError(
      .unsupported, "\(role) (\(type(of: index))) cannot take over vectors of another")
  }
}

private func appendOpened<Index: NumberedIndex>(
  _ other: any VectorIndex, to index: inout Index, _ role: String
) throws(IndexError) {
  guard let same = other as? Index else {
    throw IndexError(
      .invalidArgument, "\(role) is a \(Index.self), that of the other a \(type(of: other))")
  }
  try index.append(numbersOf: same)
}

extension NumberedIndex {
  /// The part of this index that a selection takes; without lists, positions are numbers.
  func selected(_ selection: SubsetSelection) throws(IndexError) -> Self {
    let isSelected = try selection.rows(of: count) { Int64($0) }
    var part = self
    _ = try part.removeNumbers(.not(.bitmap(where: isSelected, count: count)))
    return part
  }

  /// Moves all vectors of another index behind those of this one.
  ///
  /// - Throws: As ``append(numbersOf:)``; both indexes are then as before.
  mutating func take(allOf other: inout Self) throws(IndexError) {
    var emptied = other
    try emptied.reset()
    try append(numbersOf: other)
    other = emptied
  }

  /// Requires no offset of ids, where there are no ids but numbers.
  func requireNoOffset(_ offset: Int64, _ kind: String) throws(IndexError) {
    guard offset == 0 else {
      throw IndexError(
        .unsupported, "\(kind) numbers its vectors itself; idOffset must be 0, got \(offset)")
    }
  }
}

extension IDFilter {
  /// The numbers 0 ..< `count` for which `isContained` holds.
  static func bitmap(where isContained: (Int) -> Bool, count: Int) -> IDFilter {
    var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
    for number in 0..<count where isContained(number) {
      bits[number >> 3] |= 1 << UInt8(number & 7)
    }
    return .bitmap(bits)
  }
}

extension FlatIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int { try remove(filter) }

  mutating func append(numbersOf other: FlatIndex) throws(IndexError) {
    try requireSameKind(other)
    try append(other) { _ in true }
  }
}

extension CodedIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int { try remove(filter) }

  mutating func append(numbersOf other: CodedIndex) throws(IndexError) {
    try requireSameKind(other)
    for chunk in other.chunks { append(chunk) { _ in true } }
  }
}

extension HNSWIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int { try remove(filter) }

  mutating func append(numbersOf other: HNSWIndex) throws(IndexError) {
    try requireSameKind(other)
    try append(other) { _ in true }
  }
}

extension TransformedIndex: NumberedIndex {
  private static let role = "the index behind the transform"

  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    try VicinalIndexes.removeNumbers(filter, from: &inner, Self.role)
  }

  mutating func append(numbersOf other: TransformedIndex) throws(IndexError) {
    try requireSameChain(other)
    try appendNumbers(of: other.inner, to: &inner, Self.role)
  }
}
