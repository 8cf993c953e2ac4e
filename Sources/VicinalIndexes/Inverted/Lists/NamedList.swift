import VicinalCore

/// An inverted list, of floats, codes or bits, as direct maps see it: vectors with ids.
protocol NamedList {
  /// Vectors held.
  var count: Int { get }

  /// The id of a vector.
  func id(at offset: Int) -> Int64
}

extension InvertedList: NamedList {}
extension BinaryList: NamedList {}

extension Array where Element: NamedList {
  /// Where the vector with an id is, as the map says, or by looking through the lists where there is
  /// none.
  func locate(_ id: Int64, by map: DirectMap) -> (list: Int, offset: Int)? {
    guard map.kind == .none else {
      guard let place = map.find(id), place.list < count, place.offset < self[place.list].count
      else { return nil }
      return place
    }
    for list in indices {
      for offset in 0..<self[list].count where self[list].id(at: offset) == id {
        return (list, offset)
      }
    }
    return nil
  }

  /// A map of where everything is now; ids beyond the length of an array map are left out.
  func locations(_ kind: DirectMap.Kind, length: Int) -> DirectMap {
    var map = DirectMap(kind: kind)
    guard kind != .none else { return map }
    if kind == .array { map.array = Swift.Array(repeating: -1, count: length) }
    for (number, list) in enumerated() {
      for offset in 0..<list.count {
        let id = list.id(at: offset)
        guard kind == .hashTable || (0..<Int64(length)).contains(id) else { continue }
        map.set(id, list: number, offset: offset)
      }
    }
    return map
  }

  /// The ids that a filter contains, ascending.
  func names(in filter: IDFilter) -> [Int64] {
    var names: [Int64] = []
    for list in self {
      for offset in 0..<list.count where filter.contains(list.id(at: offset)) {
        names.append(list.id(at: offset))
      }
    }
    return names.sorted()
  }

  /// Requires that all ids are numbers that the index gave.
  ///
  /// - Throws: ``IndexError/Code/unsupported``.
  func requireNumbers(_ range: Range<Int64>) throws(IndexError) {
    for (number, list) in enumerated() {
      for offset in 0..<list.count where !range.contains(list.id(at: offset)) {
        throw IndexError(
          .unsupported,
          "the inverted file does not number its vectors \(range) itself: list \(number) holds the id"
            + " \(list.id(at: offset))")
      }
    }
  }
}
