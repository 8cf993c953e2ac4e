extension IVFIndex {
  /// Whether all ids are 0 ..< `count`.
  var numbersItself: Bool { numbersItself(from: 0) }

  /// Whether all ids are `first` ..< `first` + `count`.
  func numbersItself(from first: Int64) -> Bool {
    let (end, overflow) = first.addingReportingOverflow(Int64(count))
    guard !overflow else { return false }
    return lists.allSatisfy { list in
      (0..<list.count).allSatisfy { (first..<end).contains(list.id(at: $0)) }
    }
  }
}

/// Where each id of an inverted file is: list and offset. faiss: `DirectMap`.
public struct DirectMap: Sendable, Equatable {
  /// How locations are kept.
  public enum Kind: UInt8, Sendable, Codable {
    /// Not at all: finding an id means looking through all lists.
    case none = 0
    /// By position, for the ids 0 ..< count that an index gives by itself.
    case array = 1
    /// In a hash table, for any ids.
    case hashTable = 2
  }

  /// How locations are kept.
  public package(set) var kind: Kind

  /// `kind` array: entry i locates id i, negative if it is in no list.
  package var array: [Int64] = []

  /// `kind` hash table.
  package var table: [Int64: Int64] = [:]

  /// No map.
  public static let none = DirectMap(kind: .none)

  package init(kind: Kind) { self.kind = kind }

  /// Estimated bytes of memory.
  var byteCount: Int { array.capacity * 8 + table.capacity * 24 }

  /// A list and an offset in it, as faiss packs them.
  package static func location(list: Int, offset: Int) -> Int64 {
    Int64(list) << 32 | Int64(offset)
  }

  /// List and offset of an id, if it is known.
  func find(_ id: Int64) -> (list: Int, offset: Int)? {
    let location: Int64? =
      switch kind {
      case .none: nil
      case .array: id >= 0 && id < array.count ? array[Int(id)] : nil
      case .hashTable: table[id]
      }
    guard let location, location >= 0 else { return nil }
    return (Int(location >> 32), Int(location & 0xffff_ffff))
  }

  mutating func set(_ id: Int64, list: Int, offset: Int) {
    switch kind {
    case .none: break
    case .array:
      if id >= array.count {
        array += Array(repeating: -1, count: Int(id) + 1 - array.count)
      }
      array[Int(id)] = Self.location(list: list, offset: offset)
    case .hashTable: table[id] = Self.location(list: list, offset: offset)
    }
  }
}
