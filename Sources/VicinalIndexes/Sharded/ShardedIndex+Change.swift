import VicinalCompute
public import VicinalCore

extension ShardedIndex: IdentifiedAddition {
  /// Adds vectors under the ids `count ..< count + vectors.count`.
  ///
  /// With global numbering every call evens the shards out. With successive numbering only the first
  /// vectors are spread over the shards; later ones go to the last shard, since otherwise the ids
  /// of vectors would change (faiss refuses to add more). So add all at once then.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    guard numbering == .successive else {
      let first = Int64(count)
      let ids = (0..<Int64(vectors.count)).map { first + $0 }
      return try add(vectors, ids: ids.span, execution: execution)
    }
    try shards.requireAddable(vectors, execution)
    guard vectors.count > 0 else { return }
    let ranges =
      count == 0
      ? Self.ranges(filling: shards.map(\.count), with: vectors.count)
      : shards.indices.map { $0 < shards.count - 1 ? 0..<0 : 0..<vectors.count }
    try shards.updateParts(execution) { number, shard, execution throws(IndexError) in
      guard !ranges[number].isEmpty else { return }
      try shard.add(vectors.rows(ranges[number]), execution: execution)
    }
  }

  /// Adds vectors under given ids, to the shards that hold least.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` with successive numbering, or if a shard takes no
  ///   ids; and as ``VectorIndex/add(_:execution:)``. The index is then as before.
  public mutating func add(
    _ vectors: borrowing VectorBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    guard numbering == .global else {
      throw IndexError(
        .unsupported, "a sharded index with successive ids takes no ids; use global numbering")
    }
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "every vector needs an id: \(vectors.count) vectors, \(ids.count) ids")
    }
    try shards.requireAddable(vectors, execution)
    let copied = ids.indices.map { ids[$0] }
    try requireUsableIDs(copied)
    try shards.requireIdentifiedAddition("a sharded index with global numbering")
    let ranges = Self.ranges(filling: shards.map(\.count), with: vectors.count)
    try shards.updateParts(execution) { number, shard, execution throws(IndexError) in
      guard !ranges[number].isEmpty else { return }
      let ids = Array(copied[ranges[number]])
      try addIdentified(
        vectors.rows(ranges[number]), ids: ids, to: &shard, execution: execution)
    }
  }

  /// Consecutive rows for each shard, such that the shards become as equal as possible; of equal
  /// ones the first get one more.
  package static func ranges(filling counts: [Int], with added: Int) -> [Range<Int>] {
    func room(_ level: Int) -> Int { counts.reduce(0) { $0 + max(0, level - $1) } }
    var (low, high) = (counts.min() ?? 0, (counts.max() ?? 0) + added)
    while low < high {
      let middle = low + (high - low) / 2
      if room(middle) >= added { high = middle } else { low = middle + 1 }
    }
    var shares = counts.map { max(0, low - $0) }
    var excess = shares.reduce(0, +) - added
    for number in shares.indices.reversed() where excess > 0 && shares[number] > 0 {
      shares[number] -= 1
      excess -= 1
    }
    var first = 0
    return shares.map { share in
      defer { first += share }
      return first..<first + share
    }
  }
}
