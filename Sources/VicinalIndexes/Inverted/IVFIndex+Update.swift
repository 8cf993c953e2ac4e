import VicinalCompute
public import VicinalCore

extension IVFIndex: UpdatableIndex {
  /// Forgets all vectors and keeps the training, the kind of direct map and the settings.
  public mutating func reset() throws(IndexError) {
    lists = Array(
      repeating: InvertedList(dimension: dimension, codec: codec), count: listCount)
    count = 0
    unlistedCount = 0
    directMap = DirectMap(kind: directMap.kind)
    try prepareLists()
    try forgetTerms()
  }

  /// Gives vectors new values: each moves to the list of its nearest cell. faiss needs a direct map
  /// of kind array for this.
  ///
  /// With a hash table as direct map, of an id that occurs several times only the vector that the
  /// table names changes.
  ///
  /// - Complexity: As adding the vectors, plus the length of the lists that change; without direct
  ///   map, plus O(count).
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let rows = try requireReplaceable(ids, vectors)
    guard vectors.count > 0 else { return }
    let places = try places(of: rows, ids)
    var (names, values): ([Int64], [Float]) = ([], [])
    for (list, offsets) in places {
      for offset in offsets {
        let id = lists[list].id(at: offset)
        names.append(id)
        vectors.appendRow(rows[id] ?? 0, to: &values)
      }
    }
    let before = self
    do throws(IndexError) {
      let batch = try VectorBatch(values.span, dimension: dimension)
      let cells = try assign(batch, execution: execution)
      try execution.checkCancellation()
      try takeOut(places, try KernelSet(execution.kernels))
      try store(batch, cells: cells, execution: execution) { names[$0] }
    } catch {
      self = before
      throw error
    }
  }

  /// Offsets of the vectors with some ids, by list, ascending.
  private func places(
    of rows: [Int64: Int], _ ids: Span<Int64>
  ) throws(IndexError) -> [(list: Int, offsets: [Int])] {
    var places: [Int: [Int]] = [:]
    var found = Set<Int64>()
    if directMap.kind == .none {
      for (number, list) in lists.enumerated() {
        for offset in 0..<list.count where rows[list.id(at: offset)] != nil {
          places[number, default: []].append(offset)
          found.insert(list.id(at: offset))
        }
      }
    } else {
      for place in ids.indices {
        // A map from a file may be wrong.
        guard let (list, offset) = locate(ids[place]), lists[list].id(at: offset) == ids[place]
        else { continue }
        places[list, default: []].append(offset)
        found.insert(ids[place])
      }
    }
    for place in ids.indices where !found.contains(ids[place]) {
      throw IndexError(.notFound, "no vector has the id \(ids[place])")
    }
    return places.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
  }

  /// Removes vectors by where they are.
  private mutating func takeOut(
    _ places: [(list: Int, offsets: [Int])], _ kernels: KernelSet
  ) throws(IndexError) {
    for (list, offsets) in places {
      let gone = Set(offsets)
      lists[list].filter(kernels: kernels) { !gone.contains($0) }
      count -= gone.count
      guard directMap.kind != .none else { continue }
      for offset in 0..<lists[list].count {
        directMap.set(lists[list].id(at: offset), list: list, offset: offset)
      }
    }
  }
}
