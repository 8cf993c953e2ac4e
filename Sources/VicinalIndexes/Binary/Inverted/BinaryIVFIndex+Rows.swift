import VicinalCompute
public import VicinalCore

extension BinaryIVFIndex: BinaryReconstructible, BinaryRemovable, BinaryMergeable {
  /// The vector with an id.
  ///
  /// - Complexity: O(1) with a direct map, O(count) without.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    guard let (list, offset) = lists.locate(id, by: directMap) else {
      throw IndexError(.notFound, "no vector has the id \(id)")
    }
    return lists[list].code(at: offset)
  }

  /// Removes every vector whose id the filter contains. The others keep their ids and order.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    try parallelUpdate(&lists, workers: Execution().workerCount) { _, list in
      let ids = list.ids
      list.filter { !filter.contains(ids.int64(at: $0)) }
    }
    count = lists.reduce(0) { $0 + $1.count }
    // An array map keeps its length: the ids that are left may be larger than their number.
    if count != before { directMap = locations(directMap.kind, length: directMap.array.count) }
    return before - count
  }

  /// Moves all vectors of `other`, which must have the same cells, into this index.
  public mutating func merge(
    from other: inout BinaryIVFIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameCells(other)
    guard directMap.kind != .array else {
      throw IndexError(
        .unsupported,
        "vectors cannot move into an index with a direct map of kind array; use a hash table or"
          + " no map, and make it anew afterwards")
    }
    let moved = other.lists
    try parallelUpdate(&lists, workers: Execution().workerCount) { number, list in
      list.append(moved[number], idOffset: offset)
    }
    count += other.count
    other.reset()
    directMap = locations(directMap.kind, length: 0)
  }

  /// Forgets all vectors and keeps the training. faiss: `reset`.
  public mutating func reset() {
    lists = Array(repeating: BinaryList(), count: listCount)
    count = 0
    directMap = DirectMap(kind: directMap.kind)
  }

  /// Builds, changes or discards the direct map. faiss: `set_direct_map_type`, `make_direct_map`.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for an array map when ids are not within
  ///   0 ..< count.
  public mutating func setDirectMap(_ kind: DirectMap.Kind) throws(IndexError) {
    if kind == .array {
      for list in lists {
        for offset in 0..<list.count where !(0..<Int64(count)).contains(list.id(at: offset)) {
          throw IndexError(
            .invalidArgument,
            "a direct map of kind array needs the ids 0 ..< \(count), but a list holds"
              + " \(list.id(at: offset)); use a hash table")
        }
      }
    }
    directMap = locations(kind, length: count)
  }

  /// A map of where everything is now; ids beyond the length of an array map are left out.
  func locations(_ kind: DirectMap.Kind, length: Int) -> DirectMap {
    lists.locations(kind, length: length)
  }

  func requireSameCells(_ other: BinaryIVFIndex) throws(IndexError) {
    try requireSameDimension(other)
    guard other.listCount == listCount else {
      throw IndexError(
        .invalidArgument,
        "both inverted files need \(listCount) lists; the other has \(other.listCount)")
    }
    guard isTrained, other.isTrained else {
      throw IndexError(.notTrained, "both inverted files must be trained, with the same cells")
    }
    guard let mine = coarse as? any BinaryReconstructible,
      let theirs = other.coarse as? any BinaryReconstructible
    else { return }
    for cell in 0..<Int64(listCount) {
      let (a, b) = (try mine.reconstruct(cell), try theirs.reconstruct(cell))
      guard a == b else {
        throw IndexError(
          .invalidArgument,
          "the two inverted files were trained apart: cell \(cell) differs; train once and copy")
      }
    }
  }
}
