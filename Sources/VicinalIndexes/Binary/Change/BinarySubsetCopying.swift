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
      let isTaken: (Int) -> Bool =
        switch selection {
        case .elements(let range): { range.contains(first + $0) }
        case .slice(let part, let parts):
          SubsetSelection.slice(of: list.count, part: part, parts: parts).contains
        default: try selection.rows(of: list.count) { list.id(at: $0) }
        }
      target.lists[number].append(list, idOffset: 0, where: isTaken)
    }
    target.count = target.lists.reduce(0) { $0 + $1.count }
    target.directMap = target.locations(target.directMap.kind, length: 0)
  }
}
