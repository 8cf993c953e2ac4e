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
  /// When it was trained; `nil` if that is not known.
  package var training: Training?
  /// Whether what only makes searching faster is kept too.
  package var isAccelerated: Bool
  /// Whether its scores are those of the vectors, and not of codes that stand for them; `nil` if
  /// that was not measured.
  package var hasExactScores: Bool?

  /// What an index was built from. Vectors that are added afterwards train it no more.
  package struct Training: Sendable, Equatable, Codable {
    /// How many vectors there were.
    package var count: Int
    /// The recall that was measured then.
    package var recall: Double

    package init(count: Int, recall: Double) {
      self.count = count
      self.recall = recall
    }
  }

  package init(
    key: String, parameters: String, recall: Double?, chosenFor: Int, training: Training? = nil,
    isAccelerated: Bool, hasExactScores: Bool? = nil
  ) {
    self.key = key
    self.parameters = parameters
    self.recall = recall
    self.chosenFor = chosenFor
    self.training = training
    self.isAccelerated = isAccelerated
    self.hasExactScores = hasExactScores
  }
}

/// The large part of a version: an index of any kind, made in the background and never changed
/// afterwards. Rows that were changed or deleted since are marked, no more.
package struct MainIndex: Sendable {
  /// Its vectors are numbered by row.
  let index: any VectorIndex
  let ids: RowIDs
  /// The last change that it contains.
  package let sequence: Int64
  package let facts: MainFacts
  package private(set) var live: LiveRows
  /// Tells it from all others, also where they contain the same.
  let identity: UInt64

  /// - Parameter ids: The id of each row.
  /// - Throws: ``IndexError/Code/corruptFile`` if an id comes twice.
  init(
    _ index: any VectorIndex, ids: [Int64], sequence: Int64, facts: MainFacts
  ) throws(IndexError) {
    self.index = index
    self.ids = try RowIDs(ids)
    self.sequence = sequence
    self.facts = facts
    live = LiveRows(ids.count, areLive: true)
    identity = .random(in: 0 ... .max)
  }

  /// Rows that do not count any more.
  package var deadCount: Int { ids.count - live.count }

  /// Whether a vector of this id counts.
  func contains(_ id: Int64) -> Bool { ids.row(of: id).map { live[$0] } ?? false }

  /// Marks a vector as changed or deleted.
  ///
  /// - Returns: Whether it counted.
  mutating func bury(_ id: Int64) -> Bool {
    guard let row = ids.row(of: id), live[row] else { return false }
    live.set(row, false)
    return true
  }

  /// Leaves only the rows of some ids live.
  ///
  /// - Parameter forEachID: Hands over each of them once.
  /// - Throws: ``IndexError/Code/corruptFile`` for an id that has no row; what `forEachID` throws.
  mutating func keepLive(_ forEachID: ((Int64) throws -> Void) throws -> Void) throws {
    var kept = LiveRows(ids.count, areLive: false)
    try forEachID { id in
      guard let row = ids.row(of: id) else {
        throw IndexError(.corruptFile, "the vector \(id) of the store is not in the index")
      }
      kept.set(row, true)
    }
    live = kept
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
    var found = LiveRows(ids.count, areLive: false)
    if let wanted = allowed.ids {
      for id in wanted where allowed.contains(id) {
        if let row = ids.row(of: id), live[row] { found.set(row, true) }
      }
    } else if let range = allowed.range {
      let places = ids.places(of: range)
      if ids.isAscending {
        let range = IDFilter.range(Int64(places.lowerBound)..<Int64(places.upperBound))
        let filter = deadCount == 0 ? range : .all([range, live.filter])
        return (filter, live.count(in: places))
      }
      for row in places.map(ids.row(at:)) where live[row] { found.set(row, true) }
    }
    return (found.filter, found.count)
  }
}
