import VicinalCore

/// The links of an HNSW index, exactly as faiss stores them.
///
/// The links of node i on level l (0 is the level that holds every node) are
/// `neighbors[offsets[i] + cumulative[l] ..< offsets[i] + cumulative[l + 1]]`, up to the first −1.
///
/// The corresponding faiss type is `HNSW`.
package struct HNSWGraph: Sendable, Equatable {
  /// Probability that a node's highest level is l. faiss: `assign_probas`.
  package var assignProbabilities: [Double]

  /// Slots of all levels below l: 0, 2M, 3M, 4M … faiss: `cum_nneighbor_per_level`.
  package var cumulative: [Int32]

  /// Levels of each node, at least 1.
  package var levels: [Int32] = []

  /// Where the slots of each node begin, and where the last ones end.
  package var offsets: [UInt64] = [0]

  /// All slots; −1 where there is no link.
  package var neighbors: [Int32] = []

  /// A node of the highest level, or −1.
  package var entryPoint: Int32 = -1

  /// The highest level, counted from 0, or −1.
  package var maxLevel: Int32 = -1

  /// Candidates kept while adding. faiss: `efConstruction`.
  package var efConstruction: Int32 = 40

  /// Candidates kept while searching. faiss: `efSearch`.
  package var efSearch: Int32 = 16

  /// No nodes.
  ///
  /// - Parameter links: faiss's M, at least 2.
  package init(links: Int) {
    (assignProbabilities, cumulative) = Self.tables(links: links)
  }

  /// Takes over what a file holds; nothing is checked, see ``validate(count:)``.
  package init(
    assignProbabilities: [Double], cumulative: [Int32], levels: [Int32], offsets: [UInt64],
    neighbors: [Int32], entryPoint: Int32, maxLevel: Int32, efConstruction: Int32, efSearch: Int32
  ) {
    self.assignProbabilities = assignProbabilities
    self.cumulative = cumulative
    self.levels = levels
    self.offsets = offsets
    self.neighbors = neighbors
    self.entryPoint = entryPoint
    self.maxLevel = maxLevel
    self.efConstruction = efConstruction
    self.efSearch = efSearch
  }

  /// Memory held.
  var byteCount: Int {
    levels.capacity * 4 + offsets.capacity * 8 + neighbors.capacity * 4
      + assignProbabilities.capacity * 8 + cumulative.capacity * 4
  }

  /// The links of a node on a level that it has.
  package func links(of node: Int, level: Int) -> ArraySlice<Int32> {
    let first = Int(offsets[node]) + Int(cumulative[level])
    let end = Int(offsets[node]) + Int(cumulative[level + 1])
    return neighbors[first..<end].prefix { $0 >= 0 }
  }
}
