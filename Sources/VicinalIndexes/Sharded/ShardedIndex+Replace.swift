import VicinalCompute
public import VicinalCore

extension ShardedIndex: UpdatableIndex {
  /// Gives vectors new values in the shards that hold them.
  ///
  /// With global numbering the shards are asked for the ids; where several hold one, all of them
  /// change.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if a shard that holds some of the ids cannot
  ///   replace vectors.
  /// - Complexity: As replacing in the shards; with global numbering, plus O(count) for inverted
  ///   files without direct map and for id maps.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let rows = try requireReplaceable(ids, vectors)
    guard !rows.isEmpty else { return }
    let (places, before) = (try places(of: rows), shards)
    do throws(IndexError) {
      for (number, taken) in places.enumerated() where !taken.isEmpty {
        var values: [Float] = []
        for (_, row) in taken { vectors.appendRow(row, to: &values) }
        try VicinalIndexes.replace(
          taken.map(\.id), with: VectorBatch(values.span, dimension: dimension),
          in: &shards[number], "shard \(number)", execution)
      }
    } catch {
      shards = before
      throw error
    }
  }

  /// For each shard its own ids of what it holds, with the rows of their new values, in the order
  /// of the rows.
  private func places(
    of rows: [Int64: Int]
  ) throws(IndexError) -> [[(id: Int64, row: Int)]] {
    let offsets = offsets
    var missing = Set(rows.keys)
    var places: [[(id: Int64, row: Int)]] = []
    for (shard, offset) in zip(shards, offsets) {
      let held =
        numbering == .global
        ? shard.held(among: rows)
        : rows.keys.filter { $0 >= offset && $0 < offset + Int64(shard.count) }
      missing.subtract(held)
      places.append(
        held.map { (id: $0 - offset, row: rows[$0] ?? 0) }.sorted { $0.row < $1.row })
    }
    if let id = missing.min() {
      throw IndexError(
        .notFound,
        numbering == .global
          ? "no vector has the id \(id)" : "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return places
  }
}

extension VectorIndex {
  /// Which of some ids vectors of this index have, each once.
  fileprivate func held(among rows: [Int64: Int]) -> [Int64] {
    switch self {
    case let index as IDMapIndex: Set(index.ids.filter { rows[$0] != nil }).map(\.self)
    case let index as IVFIndex: index.listed(among: rows)
    case let index as IVFPQRIndex: index.base.listed(among: rows)
    case let index as TransformedIndex: index.inner.held(among: rows)
    case let index as RefinedIndex: index.base.held(among: rows)
    case let index as ReplicatedIndex: index.replicas.first?.held(among: rows) ?? []
    case let index as ShardedIndex where index.numbering == .global:
      Set(index.shards.flatMap { $0.held(among: rows) }).map(\.self)
    default: rows.keys.filter { $0 >= 0 && $0 < Int64(count) }
    }
  }
}

extension IVFIndex {
  fileprivate func listed(among rows: [Int64: Int]) -> [Int64] {
    guard directMap.kind == .none else { return rows.keys.filter { locate($0) != nil } }
    var found = Set<Int64>()
    for list in lists {
      for offset in 0..<list.count where rows[list.id(at: offset)] != nil {
        found.insert(list.id(at: offset))
      }
    }
    return Array(found)
  }
}
