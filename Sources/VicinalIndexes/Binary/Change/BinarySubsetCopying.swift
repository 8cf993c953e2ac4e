public import VicinalCore

/// A binary index that can copy part of its vectors into another. faiss: `copy_subset_to`.
public protocol BinarySubsetCopying: BinaryIndex {
  /// Adds the selected vectors, with their ids where the index stores ids, to `target`.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for a senseless selection, or if the two do not
  ///   fit; `target` is then as before.
  func copySubset(_ selection: SubsetSelection, to target: inout Self) throws(IndexError)
}

extension BinaryFlatIndex: BinarySubsetCopying {
  /// Adds the selected vectors to `target`, where they get new ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryFlatIndex
  ) throws(IndexError) {
    let isSelected = try selection.rows(of: count) { Int64($0) }
    try target.requireSameDimension(self)
    var part = rows
    part.filterRows(isKept: isSelected)
    target.rows.append(part)
  }
}

extension BinaryIVFIndex: BinarySubsetCopying {
  /// Adds the selected vectors, under their ids, to `target`, which must have the same cells.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryIVFIndex
  ) throws(IndexError) {
    try selection.validate()
    try target.requireSameCells(self)
    guard target.directMap.kind != .array else {
      throw IndexError(
        .unsupported,
        "vectors cannot move into an index with a direct map of kind array; use a hash table or"
          + " no map, and make it anew afterwards")
    }
    var position = 0
    for (number, list) in lists.enumerated() {
      let first = position
      position += list.count
      let isTaken = try selection.part(of: list.count, from: first) { list.id(at: $0) }
      target.lists[number].append(list, idOffset: 0, where: isTaken)
    }
    target.count = target.lists.reduce(0) { $0 + $1.count }
    target.directMap = target.locations(target.directMap.kind, length: 0)
  }
}

extension BinaryHNSWIndex: BinarySubsetCopying {
  /// Adds the selected vectors to `target`, where they get new ids and are linked anew.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryHNSWIndex
  ) throws(IndexError) {
    let isSelected = try selection.rows(of: count) { Int64($0) }
    try target.requireSameDimension(self)
    let chosen = rows.bytes(where: isSelected)
    try target.add(BinaryBatch(chosen.span.rawBytes, dimension: dimension), execution: Execution())
  }
}

extension BinaryMultiHashIndex: BinarySubsetCopying {
  /// Adds the selected vectors to `target`, which need not have as many tables and where they get
  /// new ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryMultiHashIndex
  ) throws(IndexError) {
    let isSelected = try selection.rows(of: count) { Int64($0) }
    try target.requireSameDimension(self)
    let chosen = rows.bytes(where: isSelected)
    try target.add(BinaryBatch(chosen.span.rawBytes, dimension: dimension), execution: Execution())
  }
}

extension BinaryHashIndex: BinarySubsetCopying {
  /// Adds the selected vectors, under their ids, to `target`, which may hash by other bits. Buckets
  /// are the lists of the selection, in the order of their hashes.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryHashIndex
  ) throws(IndexError) {
    try selection.validate()
    try target.requireSameDimension(self)
    var (ids, codes): ([Int64], [UInt8]) = ([], [])
    var position = 0
    for (_, bucket) in buckets.sorted(by: { $0.key < $1.key }) {
      let isTaken = try selection.part(of: bucket.ids.count, from: position) { bucket.ids[$0] }
      position += bucket.ids.count
      for place in bucket.ids.indices where isTaken(place) {
        ids.append(bucket.ids[place])
        codes += bucket.codes[place * codeSize..<(place + 1) * codeSize]
      }
    }
    try target.add(
      BinaryBatch(codes.span.rawBytes, dimension: dimension), ids: ids.span,
      execution: Execution())
  }
}

extension BinaryIDMapIndex: BinarySubsetCopying {
  /// Adds the selected vectors, with their ids, to `target`, whose inner index must be of the same
  /// kind.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the inner index cannot be divided.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryIDMapIndex
  ) throws(IndexError) {
    let isSelected = try selection.rows(of: count) { ids[$0] }
    guard var part = inner as? any BinaryNumberedIndex else {
      throw IndexError(
        .unsupported, "the index inside the id map (\(type(of: inner))) cannot be divided")
    }
    _ = try part.removeNumbers(.not(.bitmap(where: isSelected, count: count)))
    try target.append(part, named: ids.indices.filter(isSelected).map { ids[$0] })
  }
}

extension BinaryFromFloatIndex: BinarySubsetCopying {
  /// Adds the selected vectors to `target`.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the inner index cannot be divided.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout BinaryFromFloatIndex
  ) throws(IndexError) {
    try copyAny(selection, of: inner, to: &target.inner, "the index over floats")
  }
}

extension BinaryRows {
  /// The bytes of some rows, in order.
  fileprivate func bytes(where isTaken: (Int) -> Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for row in 0..<count where isTaken(row) { appendRow(row, to: &bytes) }
    return bytes
  }
}

extension SubsetSelection {
  /// Which rows of a list are taken that begins at a position of the enumeration of all lists.
  fileprivate func part(
    of count: Int, from first: Int, id: @escaping (Int) -> Int64
  ) throws(IndexError) -> (Int) -> Bool {
    guard case .elements(let range) = self else { return try rows(of: count, id: id) }
    return { range.contains(first + $0) }
  }
}
