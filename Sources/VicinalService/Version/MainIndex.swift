import VicinalCore
import VicinalIndexes
import VicinalMessages

/// What is known of how a main index came to be.
package struct MainFacts: Sendable, Equatable, Codable {
  /// Its factory string.
  package var key: String
  /// Its search parameters, `nprobe=16`.
  package var parameters: String
  /// Share of the true ten nearest found, measured when it was built; `nil` if it was not.
  package var recall: Double?
  /// How many vectors there were when this kind of index was chosen.
  package var chosenFor: Int
  /// Whether what only makes searching faster is kept too.
  package var isAccelerated: Bool
  /// Whether its scores are those of the vectors, and not of codes that stand for them; `nil` if
  /// that was not measured.
  package var hasExactScores: Bool?

  package init(
    key: String, parameters: String, recall: Double?, chosenFor: Int, isAccelerated: Bool,
    hasExactScores: Bool? = nil
  ) {
    self.key = key
    self.parameters = parameters
    self.recall = recall
    self.chosenFor = chosenFor
    self.isAccelerated = isAccelerated
    self.hasExactScores = hasExactScores
  }
}

/// The large part of a version: an index of any kind, built in the background and never changed
/// afterwards. Rows that were changed or deleted since are marked, no more.
package struct MainIndex: Sendable {
  /// Its vectors are numbered by row.
  let index: any VectorIndex
  /// The id of each row, ascending.
  let ids: [Int64]
  /// The last change that it contains.
  package let sequence: Int64
  package let facts: MainFacts
  package private(set) var live: LiveRows
  /// Tells it from all others, also where they contain the same.
  let identity: UInt64

  init(
    _ index: any VectorIndex, ids: [Int64], sequence: Int64, facts: MainFacts,
    live: LiveRows? = nil, identity: UInt64 = .random(in: 0 ... .max)
  ) {
    self.index = index
    self.ids = ids
    self.sequence = sequence
    self.facts = facts
    self.live = live ?? LiveRows(ids.count, areLive: true)
    self.identity = identity
  }

  /// Rows that do not count any more.
  package var deadCount: Int { ids.count - live.count }

  /// The row of an id, live or not.
  ///
  /// - Complexity: O(log n).
  func row(of id: Int64) -> Int? {
    let row = firstRow(notBelow: id)
    return row < ids.count && ids[row] == id ? row : nil
  }

  /// The first row whose id is not below one.
  private func firstRow(notBelow id: Int64) -> Int {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether a vector of this id counts.
  func contains(_ id: Int64) -> Bool { row(of: id).map { live[$0] } ?? false }

  /// Marks a vector as changed or deleted.
  ///
  /// - Returns: Whether it counted.
  mutating func bury(_ id: Int64) -> Bool {
    guard let row = row(of: id), live[row] else { return false }
    live.set(row, false)
    return true
  }

  // MARK: Searching

  /// The nearest live vectors, by their rows; as many as there are, up to k, whatever the index
  /// would leave out.
  func search(
    _ queries: [Float], k: Int, allowed: AllowedIDs?, parameters: [String: Double],
    execution: Execution
  ) throws(IndexError) -> Neighbors {
    let dimension = index.dimension
    let (filter, count) = filter(allowed)
    let wanted = min(k, count)
    guard wanted > 0 else {
      return Neighbors(empty: queries.count / max(1, dimension), k: k, metric: index.metric)
    }
    var index = index
    try KnobSettings(parameters.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) })
      .apply(to: &index)
    let options = SearchOptions(filter: filter, execution: execution)
    var found = try index.search(
      VectorBatch(queries.span, dimension: dimension), k: wanted, options: options)
    let short = (0..<found.queryCount).filter { found.ids[($0 + 1) * wanted - 1] < 0 }
    // Lists that were not visited may hold what is missing: then all of them are.
    if !short.isEmpty, let lists = index.availableKnobs.first(where: { $0.name == "nprobe" }) {
      try KnobSettings([.init("nprobe", lists.range.upperBound)]).apply(to: &index)
      let again = short.flatMap { queries[$0 * dimension..<($0 + 1) * dimension] }
      let whole = try index.search(
        VectorBatch(again.span, dimension: dimension), k: wanted, options: options)
      for (place, query) in short.enumerated() {
        for offset in 0..<wanted {
          found.ids[query * wanted + offset] = whole.ids[place * wanted + offset]
          found.distances[query * wanted + offset] = whole.distances[place * wanted + offset]
        }
      }
    }
    return found
  }

  /// The live rows that a search may find, and how many they are; no filter where that is all.
  private func filter(_ allowed: AllowedIDs?) -> (IDFilter?, count: Int) {
    guard let allowed else { return (deadCount == 0 ? nil : live.filter, live.count) }
    var rows = 0..<ids.count
    if let range = allowed.range {
      rows = firstRow(notBelow: range.lowerBound)..<firstRow(notBelow: range.upperBound)
    }
    guard let wanted = allowed.ids else {
      let range = IDFilter.range(Int64(rows.lowerBound)..<Int64(rows.upperBound))
      let filter = deadCount == 0 ? range : .all([range, live.filter])
      return (filter, live.count(in: rows))
    }
    var found = LiveRows(ids.count, areLive: false)
    for id in wanted {
      if let row = row(of: id), live[row], rows.contains(row) { found.set(row, true) }
    }
    return (found.filter, found.count)
  }
}
