import VicinalCoding
import VicinalCompute
public import VicinalCore

extension HNSWIndex: RemovableIndex {
  /// Removes every vector whose id the filter contains; the ids after it move up.
  ///
  /// See ``remove(_:execution:)``.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    try remove(filter, execution: Execution())
  }

  /// Removes every vector whose id the filter contains; the ids after it move up.
  ///
  /// Lists of links that lose members get as many others from the neighbourhood; where more than
  /// half of all vectors go, the rest is linked afresh. On 3,500 to 35,000 sentence embeddings and
  /// 20,000 SIFT vectors that lost and gained 30 % in one call or in ten, recall was within half a
  /// point of a fresh build or above it (M 16 and 32, efSearch 16 to 64). Remove many vectors by one call:
  /// each call renumbers the whole graph. The result is the same for any number of threads.
  ///
  /// While removing, a second copy of the links is held.
  ///
  /// - Returns: How many were removed.
  /// - Throws: ``IndexError/Code/cancelled``; the index is then as before.
  /// - Complexity: O(count · links), and for each list that loses members
  ///   O(links² · dimension / workers).
  @discardableResult
  public mutating func remove(
    _ filter: IDFilter, execution: Execution
  ) throws(IndexError) -> Int {
    let kept = (0..<Int32(count)).filter { !filter.contains(Int64($0)) }
    let removed = count - kept.count
    guard removed > 0 else { return 0 }
    guard !kept.isEmpty else {
      removeAll()
      removedCount += removed
      return removed
    }
    let before = execution.isCancelled == nil ? nil : self
    do throws(IndexError) {
      try keep(kept, try KernelSet(execution.kernels), execution)
    } catch {
      if let before { self = before }
      throw error
    }
    removedCount += removed
    return removed
  }

  private mutating func keep(
    _ kept: [Int32], _ kernels: KernelSet, _ execution: Execution
  ) throws(IndexError) {
    let isRepaired = kept.count >= count - kept.count
    var added: [[UInt64]] = []
    var smaller = graph.emptyGraph(of: kept)
    if isRepaired { added = try repair(kept, into: &smaller, kernels, execution) }
    graph = smaller
    var isKept = [Bool](repeating: false, count: count)
    for node in kept { isKept[Int(node)] = true }
    if coded == nil { rows.filterRows(kernels: kernels) { isKept[$0] } }
    codes?.keepRows(kept)
    coded?.codes.filterCodes { isKept[$0] }
    guard isRepaired else { return try rebuildLinks(kernels, execution) }
    try view(kernels).linkBack(
      added, neighbors: &graph.neighbors, offsets: graph.offsets, workers: execution.workerCount)
    try relink(graph.unlinkedNodes(), kernels, execution)
  }

  /// Fills the graph of the nodes that stay, in their new numbers. Returns the links that were
  /// not there before.
  private func repair(
    _ kept: [Int32], into smaller: inout HNSWGraph, _ kernels: KernelSet, _ execution: Execution
  ) throws(IndexError) -> [[UInt64]] {
    var numbers = [Int32](repeating: -1, count: count)
    for (number, node) in kept.enumerated() { numbers[Int(node)] = Int32(number) }
    var removed = [UInt64](repeating: 0, count: (count + 63) / 64)
    for node in 0..<count where numbers[node] < 0 { removed[node >> 6] |= 1 << UInt64(node & 63) }
    var added = [[UInt64]](repeating: [], count: graph.cumulative.count - 1)
    let view = view(kernels)
    // Passes bound the memory of lists in their old numbers.
    for first in stride(from: 0, to: kept.count, by: Self.largestBatch) {
      try execution.checkCancellation()
      let end = min(kept.count, first + Self.largestBatch)
      let repaired = try view.repair(
        kept[first..<end], removed: removed, levels: graph.levels, neighbors: graph.neighbors,
        offsets: graph.offsets, limit: min(efConstruction, count), workers: execution.workerCount)
      let start = Int(smaller.offsets[first])
      for (slot, other) in repaired.lists.enumerated() where other >= 0 {
        smaller.neighbors[start + slot] = numbers[Int(other)]
      }
      for (level, links) in repaired.added.enumerated() {
        added[level] += links.map { link in
          let (target, source) = (Int(link >> 32), Int(link & 0xffff_ffff))
          return UInt64(numbers[target]) << 32 | UInt64(numbers[source])
        }
      }
      execution.progress?(WorkProgress(step: "repair", done: end, total: kept.count))
    }
    return added
  }
}

extension HNSWGraph {
  /// The graph of some nodes, named in ascending order, without links. Its entry is the first node
  /// of the highest level.
  func emptyGraph(of kept: [Int32]) -> HNSWGraph {
    var graph = HNSWGraph(
      assignProbabilities: assignProbabilities, cumulative: cumulative, levels: [], offsets: [0],
      neighbors: [], entryPoint: -1, maxLevel: -1, efConstruction: efConstruction,
      efSearch: efSearch)
    graph.levels.reserveCapacity(kept.count)
    graph.offsets.reserveCapacity(kept.count + 1)
    var end: UInt64 = 0
    for (number, node) in kept.enumerated() {
      let count = levels[Int(node)]
      graph.levels.append(count)
      end += UInt64(cumulative[Int(count)])
      graph.offsets.append(end)
      if count > graph.maxLevel + 1 {
        (graph.entryPoint, graph.maxLevel) = (Int32(number), count - 1)
      }
    }
    appendEmptyLinks(to: &graph.neighbors, count: Int(end))
    return graph
  }

  /// Nodes that cannot be found on a level of theirs, because nothing links to them there, or that
  /// lead nowhere, though others have the level.
  func unlinkedNodes() -> [Int32] {
    var unlinked: Set<Int32> = []
    for level in 0..<Int(maxLevel) + 1 {
      let members = levels.indices.filter { Int(levels[$0]) > level }
      guard members.count > 1 else { continue }
      var isReached = [Bool](repeating: false, count: levels.count)
      isReached[Int(entryPoint)] = true
      for node in members {
        let list = links(of: node, level: level)
        if list.isEmpty { unlinked.insert(Int32(node)) }
        for other in list { isReached[Int(other)] = true }
      }
      for node in members where !isReached[node] { unlinked.insert(Int32(node)) }
    }
    return unlinked.sorted()
  }
}
