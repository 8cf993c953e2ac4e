package import VicinalCore

extension HNSWGraph {
  /// Checks everything that walking the graph relies on. A graph from a file must pass before it
  /// is used.
  ///
  /// - Parameter count: Vectors there are.
  /// - Throws: ``IndexError/Code/corruptFile``.
  /// - Complexity: O(nodes + links).
  package func validate(count: Int) throws(IndexError) {
    try require(count <= Int(Int32.max), "has \(count) nodes, more than 32-bit numbers can name")
    try validateTables()
    try require(levels.count == count, "has levels for \(levels.count) nodes, not \(count)")
    try require(
      offsets.count == count + 1 && offsets[0] == 0,
      "has \(offsets.count) offsets; expected \(count + 1), the first of them 0")
    for node in 0..<count {
      let level = Int(levels[node])
      try require(
        level >= 1 && level < cumulative.count,
        "gives node \(node) \(level) levels; its tables allow 1 to \(cumulative.count - 1)")
      let (end, overflow) = offsets[node].addingReportingOverflow(UInt64(cumulative[level]))
      try require(
        !overflow && offsets[node + 1] == end,
        "gives node \(node) another number of slots than its \(level) levels need")
    }
    try require(
      offsets[count] == UInt64(neighbors.count),
      "holds \(neighbors.count) links where its offsets say \(offsets[count])")
    try validateEntry(count: count)
    try validateLinks(count: count)
  }

  private func require(
    _ condition: Bool, _ problem: @autoclosure () -> String
  ) throws(IndexError) {
    guard condition else { throw IndexError(.corruptFile, "the HNSW graph \(problem())") }
  }

  private func validateTables() throws(IndexError) {
    try require(
      cumulative.count >= 2 && cumulative[0] == 0,
      "needs a table of slots per level that begins with 0 and has a level")
    for (low, high) in zip(cumulative, cumulative.dropFirst()) {
      try require(low <= high, "has a table of slots per level that falls from \(low) to \(high)")
    }
    try require(
      cumulative[1] >= 1, "has no room for links on level 0")
    try require(
      assignProbabilities.allSatisfy { $0 >= 0 && $0 <= 1 },
      "has a level probability outside 0…1")
    try require(
      efConstruction >= 1 && efSearch >= 1,
      "has efConstruction \(efConstruction) and efSearch \(efSearch); both must be at least 1")
  }

  private func validateEntry(count: Int) throws(IndexError) {
    guard count > 0 else {
      return try require(
        entryPoint == -1 && maxLevel == -1,
        "has no nodes, but entry point \(entryPoint) and highest level \(maxLevel)")
    }
    try require(
      entryPoint >= 0 && Int(entryPoint) < count,
      "has entry point \(entryPoint); nodes are 0 ..< \(count)")
    let levels = levels[Int(entryPoint)]
    try require(
      maxLevel >= 0 && Int(levels) == Int(maxLevel) + 1,
      "says that its highest level is \(maxLevel), but its entry point has \(levels) levels")
  }

  private func validateLinks(count: Int) throws(IndexError) {
    for node in 0..<count {
      for level in 0..<Int(levels[node]) {
        let first = Int(offsets[node]) + Int(cumulative[level])
        for slot in first..<Int(offsets[node]) + Int(cumulative[level + 1]) {
          let other = neighbors[slot]
          guard other != -1 else { continue }
          try require(
            other >= 0 && Int(other) < count,
            "links node \(node) to \(other); nodes are 0 ..< \(count)")
          try require(
            Int(levels[Int(other)]) > level,
            "links node \(node) to \(other) on level \(level), which \(other) does not have")
        }
      }
    }
  }
}
