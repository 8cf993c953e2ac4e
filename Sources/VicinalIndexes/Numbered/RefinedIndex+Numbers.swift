public import VicinalCore

/// What messages call the two indexes.
private let (firstRole, secondRole) = (
  "the first index of a refined index", "the second index of a refined index"
)

extension RefinedIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    // The first index may refuse; the second, which is flat, never does.
    let removed = try VicinalIndexes.removeNumbers(filter, from: &base, firstRole)
    _ = try VicinalIndexes.removeNumbers(filter, from: &refiner, secondRole)
    return removed
  }

  mutating func append(numbersOf other: RefinedIndex) throws(IndexError) {
    let before = refiner
    try appendNumbers(of: other.refiner, to: &refiner, secondRole)
    do throws(IndexError) {
      try appendNumbers(of: other.base, to: &base, firstRole)
    } catch {
      refiner = before
      throw error
    }
  }
}

extension RefinedIndex: RemovableIndex, MergeableIndex, SubsetCopying {
  /// Removes every vector whose id the filter contains from both indexes; the ids after it move up.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the first index cannot number the others anew; the
  ///   index is then as before.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    try removeNumbers(filter)
  }

  /// Forgets all vectors; both indexes stay trained.
  public mutating func reset() throws(IndexError) {
    try base.reset()
    try refiner.reset()
  }

  /// Moves the vectors of `other` behind those of this index.
  public mutating func merge(
    from other: inout RefinedIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireNoOffset(offset, "a refined index")
    try take(allOf: &other)
  }

  /// Adds the selected vectors to `target`, where they get new ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout RefinedIndex
  ) throws(IndexError) {
    try target.append(numbersOf: selected(selection))
  }
}

extension RefinedIndex: UpdatableIndex {
  /// Gives vectors new values in both indexes.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    _ = try requireReplaceable(ids, vectors)
    let copied = ids.indices.map { ids[$0] }
    let before = refiner
    try VicinalIndexes.replace(copied, with: vectors, in: &refiner, secondRole, execution)
    do throws(IndexError) {
      try VicinalIndexes.replace(copied, with: vectors, in: &base, firstRole, execution)
    } catch {
      refiner = before
      throw error
    }
  }
}
