public import VicinalCore

/// What an id map calls the index that it holds, in messages.
private let insideIDMap = "the index inside the id map"

extension IDMapIndex: RemovableIndex {
  /// Removes every vector whose id the filter contains.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the inner index cannot forget vectors or does
  ///   not number the remaining ones anew; the index is then as before.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let removed = try removeNumbers(numbers(filter), from: &inner, insideIDMap)
    removeNames(filter)
    return removed
  }

  /// Forgets all vectors and their ids.
  public mutating func reset() throws(IndexError) {
    try inner.reset()
    (ids, places) = ([], [:])
  }
}

extension IDMapIndex: MergeableIndex, SubsetCopying {
  /// Moves the vectors of `other`, with their ids plus an offset, behind those of this index.
  ///
  /// - Throws: Also ``IndexError/Code/invalidArgument`` if an id would become negative, and
  ///   ``IndexError/Code/unsupported`` if the inner index cannot take over vectors.
  public mutating func merge(
    from other: inout IDMapIndex, idOffset offset: Int64 = 0
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

  /// Adds the selected vectors, with their ids, to `target`.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the inner index cannot be divided.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout IDMapIndex
  ) throws(IndexError) {
    let isSelected = try selection.rows(of: count) { ids[$0] }
    var part = inner
    _ = try removeNumbers(
      .not(.bitmap(where: isSelected, count: count)), from: &part, insideIDMap)
    try target.append(part, named: ids.indices.filter(isSelected).map { ids[$0] })
  }

  private mutating func append(_ part: any VectorIndex, named names: [Int64]) throws(IndexError) {
    try appendNumbers(of: part, to: &inner, insideIDMap)
    appendNames(names)
  }
}

extension IDMapIndex: UpdatableIndex {
  /// Gives vectors new values under their ids.
  public mutating func replace(
    _ replaced: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let rows = try requireReplaceable(replaced, vectors)
    var (numbers, values): ([Int64], [Float]) = ([], [])
    var found = Set<Int64>()
    for (number, id) in ids.enumerated() {
      guard let row = rows[id] else { continue }
      found.insert(id)
      numbers.append(Int64(number))
      vectors.appendRow(row, to: &values)
    }
    for place in replaced.indices where !found.contains(replaced[place]) {
      throw IndexError(.notFound, "no vector has the id \(replaced[place])")
    }
    try VicinalIndexes.replace(
      numbers, with: VectorBatch(values.span, dimension: dimension), in: &inner, insideIDMap,
      execution)
  }
}

/// Replaces vectors of an index that may not be able to.
func replace(
  _ ids: [Int64], with vectors: borrowing VectorBatch, in index: inout any VectorIndex,
  _ role: String, _ execution: Execution
) throws(IndexError) {
  guard index is any UpdatableIndex else {
    throw IndexError(.unsupported, "\(role) (\(type(of: index))) cannot replace vectors")
  }
  var slot: (any VectorIndex)? = index
  index = FlatIndex(dimension: vectors.dimension)
  guard var capable = slot.take() as? any UpdatableIndex else { return }
  defer { index = capable }
  try capable.replace(ids.span, with: vectors, execution: execution)
}

extension VectorBatch {
  /// Copies a row to the end of `output`.
  func appendRow(_ index: Int, to output: inout [Float]) {
    let values = row(index)
    for column in values.indices { output.append(values[column]) }
  }
}
