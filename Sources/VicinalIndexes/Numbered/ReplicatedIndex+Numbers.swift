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
