import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

/// Every kind of binary index, and changes through the capabilities that it may have.
enum BinaryContract {
  static let subjects = BinarySubject.exact

  static let dimension = 48

  static func rows(_ count: Int, seed: UInt64) -> BitVectors {
    BitVectors.random(count, dimension: dimension, seed: seed)
  }

  static func filled(_ subject: BinarySubject, _ rows: BitVectors) throws -> any BinaryIndex {
    var index = try subject.trained(rows.dimension)
    try index.add(rows.batch())
    return index
  }

  /// Whether vectors keep ids of their own; otherwise removing renumbers.
  static func takesIDs(_ subject: BinarySubject) throws -> Bool {
    try add(rows(1, seed: 1), ids: [5], to: subject.trained(dimension)) != nil
  }

  /// The index with vectors under given ids; `nil` if it takes none.
  static func add(
    _ vectors: BitVectors, ids: [Int64], to index: any BinaryIndex
  ) throws -> (any BinaryIndex)? {
    guard var capable = index as? any BinaryIdentifiedAddition else { return nil }
    return try unless(.unsupported) {
      try capable.add(vectors.batch(), ids: ids.span, execution: Execution())
      return capable
    }
  }

  /// The index without what the filter contains, and how many that were; `nil` if it cannot.
  static func remove(
    _ filter: IDFilter, from index: any BinaryIndex
  ) throws -> (index: any BinaryIndex, removed: Int)? {
    guard var capable = index as? any BinaryRemovable else { return nil }
    return try unless(.unsupported) {
      let removed = try capable.remove(filter)
      return (capable, removed)
    }
  }

  /// The index with the vectors of another, and what is left of that; `nil` if it cannot.
  static func merge(
    _ other: any BinaryIndex, into index: any BinaryIndex, idOffset: Int64
  ) throws -> (index: any BinaryIndex, other: any BinaryIndex)? {
    guard let capable = index as? any BinaryMergeable else { return nil }
    return try unless(.unsupported) { try merged(other, capable, idOffset) }
  }

  private static func merged<Index: BinaryMergeable>(
    _ other: any BinaryIndex, _ index: Index, _ offset: Int64
  ) throws -> (index: any BinaryIndex, other: any BinaryIndex) {
    var index = index
    guard var same = other as? Index else {
      throw IndexError(.invalidArgument, "the other index is of another type")
    }
    try index.merge(from: &same, idOffset: offset)
    return (index, same)
  }

  static func roundTrip(_ index: any BinaryIndex) throws -> any BinaryIndex {
    try BinaryIndexFile.decode(BinaryIndexFile.encode(index))
  }

  /// The vector with an id; `nil` if the index gives none back.
  static func reconstruct(_ id: Int64, from index: any BinaryIndex) throws -> [UInt8]? {
    guard let source = index as? any BinaryReconstructible else { return nil }
    return try unless(.unsupported) { try source.reconstruct(id) }
  }

  private static func unless<Result>(
    _ code: IndexError.Code, _ body: () throws -> Result
  ) throws -> Result? {
    do {
      return try body()
    } catch let error as IndexError where error.code == code {
      return nil
    }
  }
}

extension Capability {
  /// Whether a binary index does it.
  func works(_ subject: BinarySubject) throws -> Bool {
    let rows = BinaryContract.rows(60, seed: 200)
    let queries = BinaryContract.rows(4, seed: 201)
    var index = try BinaryContract.filled(subject, rows)
    func search(_ options: SearchOptions = SearchOptions()) throws -> Neighbors {
      try index.search(queries.batch(), k: 5, options: options)
    }
    switch self {
    case .train: return try !subject.make(BinaryContract.dimension).isTrained
    case .add: return index.count == 60
    case .search: return try search() == rows.neighbors(of: queries, k: 5)
    case .range: return index is any BinaryRangeSearchable
    case .ids: return try BinaryContract.takesIDs(subject)
    case .remove: return try BinaryContract.remove(.range(5..<15), from: index)?.removed == 10
    case .reconstruct: return try BinaryContract.reconstruct(3, from: index) != nil
    case .merge: return try BinaryContract.merge(index, into: index, idOffset: 0) != nil
    case .subset: return false
    case .copy:
      let copy = index
      try index.add(queries.batch())
      return copy.count == 60 && index.count == 64
    case .file: return try BinaryContract.roundTrip(index).count == 60
    case .filter:
      return try search(SearchOptions(filter: .range(7..<9)))
        == rows.neighbors(of: queries, k: 5) { (7..<9).contains($0) }
    case .threads:
      return try search(SearchOptions(execution: Execution(workers: 1)))
        == search(SearchOptions(execution: Execution(workers: 3)))
    case .badInput:
      let wide = BitVectors.random(2, dimension: BinaryContract.dimension + 8, seed: 1)
      return indexError { try index.add(wide.batch()) }?.code == .dimensionMismatch
    }
  }
}
