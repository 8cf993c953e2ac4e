import VicinalCoding
import VicinalCompute
public import VicinalCore

extension HNSWIndex: UpdatableIndex {
  /// Gives vectors new values in place; ids and levels stay.
  ///
  /// The links of each vector, and those to it, become those that fit the new values: links to it
  /// are replaced like those to a removed one, as far as its neighbours' neighbours hold them, and
  /// then it is linked like a new one. Where more than half of all vectors change, all are linked
  /// afresh. The result is the same for any number of threads.
  ///
  /// - Parameters:
  ///   - ids: Different ids of vectors that are there.
  ///   - vectors: Their new values, one row per id.
  /// - Throws: ``IndexError/Code/notFound``, ``IndexError/Code/invalidArgument`` if ids repeat or
  ///   their number differs from that of the rows, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``; the index is then as
  ///   before.
  /// - Complexity: As adding the vectors, plus O(links²) per vector.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "new vectors")
    try vectors.requireFinite(of: "new vectors")
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "\(vectors.count) new vectors need as many ids, there are \(ids.count)")
    }
    var changed = [UInt64](repeating: 0, count: (count + 63) / 64)
    var nodes: [Int32] = []
    for place in ids.indices {
      let id = ids[place]
      guard id >= 0, id < count else {
        throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
      }
      let bit = UInt64(1) << UInt64(id & 63)
      guard changed[Int(id) >> 6] & bit == 0 else {
        throw IndexError(.invalidArgument, "the id \(id) comes twice")
      }
      changed[Int(id) >> 6] |= bit
      nodes.append(Int32(id))
    }
    guard !nodes.isEmpty else { return }
    let before = execution.isCancelled == nil ? nil : self
    do throws(IndexError) {
      try replace(nodes, changed, with: vectors, execution)
    } catch {
      if let before { self = before }
      throw error
    }
  }

  private mutating func replace(
    _ nodes: [Int32], _ changed: [UInt64], with vectors: borrowing VectorBatch,
    _ execution: Execution
  ) throws(IndexError) {
    let kernels = try KernelSet(execution.kernels)
    let isRebuilt = nodes.count > count / 2
    if !isRebuilt { try unlink(nodes, changed, kernels, execution) }
    if let codec = coded?.codec {
      let encoded = try codec.encode(vectors, execution: execution)
      for (row, node) in nodes.enumerated() {
        let code = row * codec.codeSize..<(row + 1) * codec.codeSize
        coded?.codes.replaceCode(Int(node), with: encoded.span.rawBytes.extracting(code))
      }
    } else {
      for (row, node) in nodes.enumerated() { rows.replaceRow(Int(node), with: vectors.row(row)) }
    }
    let isCovered = try codes?.update(
      nodes.map(Int.init), from: rows, kernels: kernels, workers: execution.workerCount)
    if isCovered == false {
      codes = nil
      isAccelerated = false
    }
    if isRebuilt {
      try rebuildLinks(kernels, execution)
    } else {
      try relink(nodes, kernels, execution)
    }
  }

  /// Replaces the links to nodes that lie in the lists of their neighbours and of those'
  /// neighbours: nearly all that there are.
  private mutating func unlink(
    _ nodes: [Int32], _ changed: [UInt64], _ kernels: KernelSet, _ execution: Execution
  ) throws(IndexError) {
    let workers = execution.workerCount
    let near = try parallelMap(nodes.count, workers: workers) { place in
      graph.linkers(of: nodes[place])
    }
    let linkers = Set(near.joined()).filter { changed[Int($0) >> 6] >> UInt64($0 & 63) & 1 == 0 }
      .sorted()
    let repaired = try view(kernels).repair(
      linkers[...], removed: changed, levels: graph.levels, neighbors: graph.neighbors,
      offsets: graph.offsets, limit: min(efConstruction, count), workers: workers)
    var first = 0
    for node in linkers {
      let start = Int(graph.offsets[Int(node)])
      let size = Int(graph.offsets[Int(node) + 1]) - start
      for slot in 0..<size { graph.neighbors[start + slot] = repaired.lists[first + slot] }
      first += size
    }
    try view(kernels).linkBack(
      repaired.added, neighbors: &graph.neighbors, offsets: graph.offsets, workers: workers)
  }
}

extension HNSWGraph {
  /// Nodes among the neighbours of a node, and among theirs, that link to it.
  fileprivate func linkers(of node: Int32) -> [Int32] {
    var linkers: [Int32] = []
    for level in 0..<Int(levels[Int(node)]) {
      var near: Set<Int32> = []
      for other in links(of: Int(node), level: level) {
        near.insert(other)
        near.formUnion(links(of: Int(other), level: level))
      }
      linkers += near.filter { links(of: Int($0), level: level).contains(node) }
    }
    return linkers
  }
}
