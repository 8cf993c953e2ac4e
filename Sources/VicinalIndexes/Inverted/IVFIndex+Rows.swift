package import VicinalCoding
import VicinalCompute
public import VicinalCore

extension IVFIndex: RemovableIndex, MergeableIndex, SubsetCopying {
  /// Removes every vector whose id the filter contains. The others keep their ids and order.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let kernels = try KernelSet()
    let before = count
    try parallelUpdate(&lists, workers: Execution().workerCount) { _, list in
      let ids = list.ids
      list.filter(kernels: kernels) { !filter.contains(ids.int64(at: $0)) }
    }
    count = lists.reduce(0) { $0 + $1.count }
    if count != before { directMap = locations(mapKindAfterRemoval(), length: count) }
    return before - count
  }

  /// Moves all vectors of `other`, which must have the same cells, into this index.
  ///
  /// - Throws: Also ``IndexError/Code/invalidArgument`` if an id would become negative.
  public mutating func merge(
    from other: inout IVFIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameCells(other)
    try requireFlexibleMap()
    let kernels = try KernelSet()
    let moved = other.lists
    for list in moved where offset != 0 {
      for place in 0..<list.count { _ = try shiftedID(list.id(at: place), by: offset) }
    }
    try parallelUpdate(&lists, workers: Execution().workerCount) { number, list in
      list.append(moved[number], idOffset: offset, kernels: kernels) { _ in true }
    }
    count += other.count
    unlistedCount += other.unlistedCount
    try? completeTerms(Execution())
    try other.reset()
    directMap = locations(directMap.kind, length: 0)
  }

  /// Adds the selected vectors, under their ids, to `target`, which must have the same cells.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout IVFIndex
  ) throws(IndexError) {
    try selection.validate()
    try target.requireSameCells(self)
    try target.requireFlexibleMap()
    let kernels = try KernelSet()
    var position = 0
    for (number, list) in lists.enumerated() {
      let first = position
      position += list.count
      let isTaken: (Int) -> Bool =
        switch selection {
        case .elements(let range): { range.contains(first + $0) }
        case .slice(let part, let parts):
          // Each list is cut by itself, so that parts have lists of equal length.
          SubsetSelection.slice(of: list.count, part: part, parts: parts).contains
        default: try selection.rows(of: list.count) { list.id(at: $0) }
        }
      target.lists[number].append(list, idOffset: 0, kernels: kernels, where: isTaken)
    }
    target.count = target.lists.reduce(0) { $0 + $1.count }
    try? target.completeTerms(Execution())
    target.directMap = target.locations(target.directMap.kind, length: 0)
  }

  /// Gives back memory that growing lists left unused.
  public mutating func trim() {
    for list in lists.indices { lists[list].trim() }
  }

  /// Builds, changes or discards the direct map. faiss: `set_direct_map_type`, `make_direct_map`.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for an array map when ids are not within
  ///   0 ..< count, or when by far the most of its entries would be empty.
  public mutating func setDirectMap(_ kind: DirectMap.Kind) throws(IndexError) {
    let length = count + unlistedCount
    if kind == .array {
      // A file can claim any number of vectors that are in no list.
      guard unlistedCount <= max(Self.mostUnlisted, count) else {
        throw IndexError(
          .invalidArgument,
          "a direct map of kind array would have \(length) entries for the \(count) vectors in"
            + " lists; use a hash table")
      }
      for (number, list) in lists.enumerated() {
        for offset in 0..<list.count where !(0..<Int64(length)).contains(list.id(at: offset)) {
          throw IndexError(
            .invalidArgument,
            "a direct map of kind array needs the ids 0 ..< \(length), but list \(number) holds"
              + " \(list.id(at: offset)); use a hash table")
        }
      }
    }
    directMap = locations(kind, length: length)
  }

  /// Vectors outside lists for which an array map makes room in any case.
  private static let mostUnlisted = 1 << 24

  /// An array map has a place for each id below the number of vectors; where larger ids are left,
  /// a hash table takes its place.
  private func mapKindAfterRemoval() -> DirectMap.Kind {
    guard directMap.kind == .array else { return directMap.kind }
    let isDense =
      unlistedCount == 0
      && lists.allSatisfy { list in
        (0..<list.count).allSatisfy { (0..<Int64(count)).contains(list.id(at: $0)) }
      }
    return isDense ? .array : .hashTable
  }

  /// A map of where everything is now; ids beyond the length of an array map are left out.
  func locations(_ kind: DirectMap.Kind, length: Int) -> DirectMap {
    lists.locations(kind, length: length)
  }

  /// Vectors of another index bring ids that an array map has no room for.
  private func requireFlexibleMap() throws(IndexError) {
    guard directMap.kind != .array else {
      throw IndexError(
        .unsupported,
        "vectors cannot move into an index with a direct map of kind array; use a hash table or"
          + " no map, and make it anew afterwards")
    }
  }

  func requireSameCells(_ other: IVFIndex) throws(IndexError) {
    guard other.dimension == dimension, other.metric == metric, other.listCount == listCount
    else {
      throw IndexError(
        .invalidArgument,
        "both inverted files need dimension \(dimension), metric \(metric) and \(listCount) lists;"
          + " the other has \(other.dimension), \(other.metric) and \(other.listCount)")
    }
    guard isTrained, other.isTrained else {
      throw IndexError(.notTrained, "both inverted files must be trained, with the same cells")
    }
    guard isResidual == other.isResidual, sameCodec(codec, other.codec) else {
      throw IndexError(
        .invalidArgument,
        "the two inverted files keep vectors in different codes; train once and copy")
    }
    guard let mine = coarse as? any Reconstructible,
      let theirs = other.coarse as? any Reconstructible
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

extension IVFIndex {
  /// Takes over lists of codes that a file holds. The caller has checked sizes.
  package init(
    codec: any VectorCodec, isResidual: Bool, metric: Metric, coarse: any VectorIndex,
    lists: [InvertedList], count: Int, probes: Int, directMap: DirectMap,
    isAccelerated: Bool = true, execution: Execution = Execution()
  ) throws(IndexError) {
    try self.init(
      dimension: codec.dimension, metric: metric, listCount: lists.count, coarse: coarse,
      codec: codec, isResidual: isResidual, isAccelerated: isAccelerated)
    self.lists = lists
    self.count = count
    self.probes = probes
    self.directMap = directMap
    try prepareCodec(execution)
  }

  /// Takes over what a file holds. The caller has checked sizes.
  package init(
    dimension: Int, metric: Metric, coarse: any VectorIndex, lists: [InvertedList], count: Int,
    probes: Int, directMap: DirectMap, isAccelerated: Bool, execution: Execution = Execution()
  ) throws(IndexError) {
    try self.init(
      dimension: dimension, metric: metric, listCount: lists.count, coarse: coarse,
      isAccelerated: false)
    self.lists = lists
    self.count = count
    self.probes = probes
    self.directMap = directMap
    if isAccelerated { try setAccelerated(true, execution: execution) }
  }
}
