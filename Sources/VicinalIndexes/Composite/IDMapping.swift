import VicinalCore

/// The names that an id map, over floats or over binary vectors, gives the numbers of the index
/// inside it.
protocol IDMapping {
  /// The caller's id of each vector of the inner index.
  var ids: [Int64] { get set }

  /// Whether ``places`` are kept.
  var isReversible: Bool { get }

  /// The place of each id; the last one where ids repeat.
  var places: [Int64: Int] { get set }
}

extension IDMapping {
  /// Names vectors behind those that have names.
  mutating func appendNames(_ names: some Collection<Int64>) {
    let first = ids.count
    ids += names
    indexPlaces(from: first)
  }

  /// Forgets the names that the filter contains.
  mutating func removeNames(_ filter: IDFilter) {
    ids.removeAll { filter.contains($0) }
    places = [:]
    indexPlaces(from: 0)
  }

  /// Fills the reverse table, if there is one.
  mutating func indexPlaces(from first: Int) {
    guard isReversible else { return }
    for place in first..<ids.count { places[ids[place]] = place }
  }

  /// The number of the vector with an id; the last one added where ids repeat.
  ///
  /// - Throws: ``IndexError/Code/notFound``.
  /// - Complexity: O(1) if ``isReversible``, O(count) otherwise.
  func place(of id: Int64) throws(IndexError) -> Int {
    guard let place = isReversible ? places[id] : ids.lastIndex(of: id) else {
      throw IndexError(.notFound, "no vector has the id \(id)")
    }
    return place
  }

  /// The caller's id of a vector of the inner index, which may be of any kind and give any id.
  func name(of number: Int64) throws(IndexError) -> Int64 {
    guard let place = Int(exactly: number), ids.indices.contains(place) else {
      throw IndexError(
        .unsupported,
        "an id map needs an index that numbers its vectors 0 ..< \(ids.count) itself; this one"
          + " gave the id \(number)")
    }
    return ids[place]
  }

  /// Puts a filter into terms of the inner index's numbers.
  func numbers(_ filter: IDFilter) -> IDFilter {
    .bitmap(where: { filter.contains(ids[$0]) }, count: ids.count)
  }

  /// Puts the filter of a search into terms of the inner index's numbers.
  func translated(_ options: SearchOptions) -> SearchOptions {
    var options = options
    options.filter = options.filter.map(numbers)
    if let avoided = options.avoidedNodes {
      var places: [Int64: Int64] = [:]
      for id in avoided where id >= 0 { places[id] = -1 }
      for (place, id) in ids.enumerated() where places[id] != nil { places[id] = Int64(place) }
      options.avoidedNodes = avoided.map { places[$0] ?? -1 }
    }
    return options
  }
}
