package import VicinalCore

extension IVFIndex {
  /// Becomes what a file says in front of its lists when the lists come from elsewhere: settings,
  /// cells and codec, and the number of vectors.
  ///
  /// Such an index can only be written.
  package mutating func becomeHead(count: Int, directMap: DirectMap) throws(IndexError) {
    try reset()
    self.count = count
    self.directMap = directMap
  }

  /// Gives every vector an id that is `offset` larger, for a part of a larger index.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` with a direct map, which would have to move too.
  package mutating func shiftIDs(by offset: Int64) throws(IndexError) {
    guard directMap.kind == .none else {
      throw IndexError(.unsupported, "ids cannot be shifted under a direct map")
    }
    guard offset != 0 else { return }
    for list in lists.indices {
      for place in 0..<lists[list].count {
        _ = try shiftedID(lists[list].id(at: place), by: offset)
      }
      lists[list].renumber { $0 + offset }
    }
  }
}
