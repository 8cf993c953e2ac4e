public import VicinalCore

extension ReplicatedIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    try replicas.updateParts(Execution(), keepsCopy: true) { _, replica, _ throws(IndexError) in
      _ = try VicinalIndexes.removeNumbers(filter, from: &replica, "a replica")
    }
    return before - count
  }

  mutating func append(numbersOf other: ReplicatedIndex) throws(IndexError) {
    let added = other.replicas[0]
    try replicas.updateParts(Execution(), keepsCopy: true) { _, replica, _ throws(IndexError) in
      try appendNumbers(of: added, to: &replica, "a replica")
    }
  }
}

extension ReplicatedIndex: MergeableIndex, SubsetCopying {
  /// Moves the vectors of `other` into every replica.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if replicas cannot be merged.
  public mutating func merge(
    from other: inout ReplicatedIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    let added = other.replicas[0]
    var emptied = other
    try emptied.reset()
    try replicas.updateParts(Execution(), keepsCopy: true) { _, replica, _ throws(IndexError) in
      var moved = added
      try mergeAny(&moved, into: &replica, idOffset: offset, "a replica")
    }
    other = emptied
  }

  /// Adds the selected vectors to every replica of `target`.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if replicas cannot be divided.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout ReplicatedIndex
  ) throws(IndexError) {
    let source = replicas[0]
    try target.replicas.updateParts(Execution(), keepsCopy: true) {
      _, replica, _ throws(IndexError) in
      try copyAny(selection, of: source, to: &replica, "a replica")
    }
  }
}

extension ReplicatedIndex: UpdatableIndex {
  /// Gives vectors new values in every replica.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    _ = try requireReplaceable(ids, vectors)
    let copied = ids.indices.map { ids[$0] }
    try replicas.updateParts(execution, keepsCopy: true) {
      _, replica, execution throws(IndexError) in
      try VicinalIndexes.replace(copied, with: vectors, in: &replica, "a replica", execution)
    }
  }
}
