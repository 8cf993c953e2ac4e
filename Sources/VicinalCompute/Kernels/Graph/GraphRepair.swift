import CVicinalKernels
package import VicinalCore

/// What repairing a graph gives: lists for the nodes asked for, and their new links.
package struct RepairedLinks: Sendable {
  /// All slots of each node asked for, one after the other.
  package var lists: [Int32] = []

  /// Per level, target << 32 | source for every link that was not there before.
  package var added: [[UInt64]]

  init(levelCount: Int) { added = [[UInt64]](repeating: [], count: levelCount) }
}

extension GraphView {
  /// Replaces links to removed nodes in the lists of some nodes.
  ///
  /// A list that lost links gets as many others in their place: nodes that the removed ones linked
  /// to, first those that faiss's rule for diverse links takes, then the nearest. Links that stay
  /// are not judged again (compare Singh et al., "FreshDiskANN", 2021, arXiv 2105.09613,
  /// algorithm 4): lists stay as long as they were, without which every round of removal costs
  /// recall. The graph is only read, so the result is the same for any number of workers.
  ///
  /// - Parameters:
  ///   - nodes: Nodes that stay.
  ///   - removed: Bit i of word i / 64 says whether node i is removed.
  ///   - levels: Levels of every node, at least 1.
  ///   - neighbors: Links.
  ///   - offsets: Where the links of each node begin.
  ///   - limit: Candidates kept (faiss: efConstruction).
  package func repair(
    _ nodes: ArraySlice<Int32>, removed: [UInt64], levels: [Int32], neighbors: [Int32],
    offsets: [UInt64], limit: Int, workers: Int
  ) throws(IndexError) -> RepairedLinks {
    let ranges = evenRanges(nodes.count, parts: workers == 1 ? 1 : workers * 8, minimum: 16)
    let parts = try parallelMap(ranges.count, workers: workers) { part throws(IndexError) in
      var repaired = RepairedLinks(levelCount: cumulative.count - 1)
      var walk = try GraphWalk(self, limit: limit, count: count, isLinking: true)
      unsafe removed.withUnsafeBufferPointer { removed in
        unsafe neighbors.withUnsafeBufferPointer { neighbors in
          unsafe offsets.withUnsafeBufferPointer { offsets in
            guard let links = neighbors.baseAddress, let starts = offsets.baseAddress,
              let removed = removed.baseAddress
            else { return }
            // Repairing does not write to the graph.
            let mutable = unsafe UnsafeMutablePointer(mutating: links)
            unsafe withGraph(neighbors: mutable, offsets: starts) { shared in
              var graph = unsafe walk.own(shared)
              for place in ranges[part] {
                let node = nodes[nodes.startIndex + place]
                unsafe repair(
                  node, levels: Int(levels[Int(node)]), removed, &graph, &walk, &repaired)
              }
            }
          }
        }
      }
      return repaired
    }
    var whole = RepairedLinks(levelCount: cumulative.count - 1)
    for part in parts {
      whole.lists += part.lists
      for level in part.added.indices { whole.added[level] += part.added[level] }
    }
    return whole
  }

  private func repair(
    _ node: Int32, levels: Int, _ removed: UnsafePointer<UInt64>,
    _ graph: UnsafePointer<vcl_graph>, _ walk: inout GraphWalk, _ repaired: inout RepairedLinks
  ) {
    let first = repaired.lists.count
    repaired.lists += repeatElement(-1, count: Int(cumulative[levels]))
    // Only codes need it; preparing costs little where nothing is scored.
    var query = unsafe walk.begin(row: node)
    for level in 0..<levels {
      let start = first + Int(cumulative[level])
      var kept: UInt32 = 0
      unsafe repaired.lists.withUnsafeMutableBufferPointer { lists in
        guard let out = lists.baseAddress else { return }
        unsafe walk.functions.repair(
          graph, &query, node, Int32(level), removed, out + start, &kept, &walk.state)
      }
      for slot in start + Int(kept)..<first + Int(cumulative[level + 1]) {
        guard repaired.lists[slot] >= 0 else { break }
        repaired.added[level].append(UInt64(repaired.lists[slot]) << 32 | UInt64(node))
      }
    }
  }
}
