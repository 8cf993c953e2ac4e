package import VicinalCore

/// Changes an index through a capability that it may have, without a second reference to it: the
/// value is taken out before the cast (a copy would make the first change duplicate the storage).
///
/// - Returns: The result of `body`, or `nil` if the index lacks the capability or says
///   `unsupported`.
package func withCapability<Capability, Result>(
  _ index: inout any VectorIndex, _: Capability.Type,
  _ body: (inout Capability) throws(IndexError) -> Result
) throws(IndexError) -> Result? {
  guard index is Capability else { return nil }
  var slot: (any VectorIndex)? = index
  index = NoIndex()
  guard var capable = slot.take() as? Capability else { return nil }
  defer { if let restored = capable as? any VectorIndex { index = restored } }
  do throws(IndexError) {
    return try body(&capable)
  } catch {
    guard error.code == .unsupported else { throw error }
    return nil
  }
}

/// Removes what the filter contains; `nil` if this kind of index cannot.
package func remove(
  _ filter: IDFilter, from index: inout any VectorIndex
) throws(IndexError) -> Int? {
  try withCapability(&index, (any RemovableIndex).self) { index throws(IndexError) in
    try index.remove(filter)
  }
}

/// Adds vectors under given ids; `nil` if this kind of index takes none.
package func add(
  _ vectors: Vectors, ids: [Int64], to index: inout any VectorIndex,
  execution: Execution = Execution()
) throws(IndexError) -> Void? {
  try withCapability(&index, (any IdentifiedAddition).self) { index throws(IndexError) in
    try index.add(vectors.batch(), ids: ids.span, execution: execution)
  }
}

/// Moves the vectors of `other`, an index of the same type, into `index`; `nil` if this kind of
/// index cannot.
package func merge(
  _ other: inout any VectorIndex, into index: inout any VectorIndex, idOffset: Int64
) throws(IndexError) -> Void? {
  try withCapability(&index, (any MergeableIndex).self) { index throws(IndexError) in
    try merge(&other, opened: &index, idOffset)
  }
}

private func merge<Index: MergeableIndex>(
  _ other: inout any VectorIndex, opened index: inout Index, _ idOffset: Int64
) throws(IndexError) {
  guard var same = other as? Index else {
    throw IndexError(.invalidArgument, "the other index is of another type")
  }
  defer { other = same }
  try index.merge(from: &same, idOffset: idOffset)
}

/// Copies selected vectors into `target`, an index of the same type; `nil` if this kind of index
/// cannot.
package func copySubset(
  _ selection: SubsetSelection, of index: any VectorIndex, to target: inout any VectorIndex
) throws(IndexError) -> Void? {
  guard let source = index as? any SubsetCopying else { return nil }
  do throws(IndexError) {
    return try copySubset(selection, opened: source, &target)
  } catch {
    guard error.code == .unsupported else { throw error }
    return nil
  }
}

private func copySubset<Index: SubsetCopying>(
  _ selection: SubsetSelection, opened source: Index, _ target: inout any VectorIndex
) throws(IndexError) {
  guard var same = target as? Index else {
    throw IndexError(.invalidArgument, "the target index is of another type")
  }
  defer { target = same }
  try source.copySubset(selection, to: &same)
}

/// Holds the place of an index while it is taken out.
private struct NoIndex: VectorIndex {
  var dimension: Int { 1 }
  var metric: Metric { .l2 }
  var count: Int { 0 }
  var isTrained: Bool { false }
  var byteCount: Int { 0 }

  private var unusable: IndexError { IndexError(.unsupported, "the index was taken out") }

  mutating func train(on _: borrowing VectorBatch, execution _: Execution) throws(IndexError) {
    throw unusable
  }

  mutating func add(_: borrowing VectorBatch, execution _: Execution) throws(IndexError) {
    throw unusable
  }

  func search(
    _: borrowing VectorBatch, k _: Int, options _: SearchOptions
  ) throws(IndexError) -> Neighbors {
    throw unusable
  }
}
