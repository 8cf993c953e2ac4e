import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// A trained inverted file over clustered rows, and queries from the same places.
struct IVFData {
  var rows: Vectors
  var queries: Vectors
  var metric: Metric
  var listCount: Int

  init(
    _ count: Int = 2000, dimension: Int = 16, metric: Metric = .l2, listCount: Int = 20,
    shape: DataShape = .clustered, seed: UInt64 = 51
  ) {
    rows = shape.make(count, dimension: dimension, seed: seed)
    queries = shape.make(20, dimension: dimension, seed: seed + 1)
    self.metric = metric
    self.listCount = listCount
  }

  var description: String { "\(rows), \(metric), \(listCount) lists" }

  /// Trained, without vectors.
  func trained(
    coarse: (any VectorIndex)? = nil, isAccelerated: Bool = true,
    execution: Execution = Execution()
  ) throws(IndexError) -> IVFIndex {
    var index = try IVFIndex(
      dimension: rows.dimension, metric: metric, listCount: listCount, coarse: coarse,
      isAccelerated: isAccelerated)
    try index.train(on: rows, execution: execution)
    return index
  }

  /// With all rows under their numbers.
  func filled(
    coarse: (any VectorIndex)? = nil, isAccelerated: Bool = true,
    execution: Execution = Execution()
  ) throws(IndexError) -> IVFIndex {
    var index = try trained(coarse: coarse, isAccelerated: isAccelerated, execution: execution)
    try index.add(rows, execution: execution)
    return index
  }

  /// With all rows under given ids.
  func filled(ids: [Int64], _ map: DirectMap.Kind = .none) throws(IndexError) -> IVFIndex {
    var index = try trained()
    try index.setDirectMap(map)
    try index.add(rows, ids: ids)
    return index
  }

  /// Every list visited.
  func search(
    _ index: some VectorIndex, k: Int = 10, probes: Int? = nil, filter: IDFilter? = nil,
    execution: Execution = Execution()
  ) throws(IndexError) -> Neighbors {
    try index.search(
      queries, k: k,
      options: SearchOptions(probes: probes ?? listCount, filter: filter, execution: execution))
  }

  func oracle(ids: [Int64]? = nil) -> Oracle { Oracle(rows, metric: metric, ids: ids) }
}

extension IVFIndex {
  /// The ids of every list, in order.
  var listIDs: [[Int64]] {
    lists.map { list in (0..<list.count).map { list.id(at: $0) } }
  }

  /// Everything that a search or a file could tell apart.
  func contents() throws(IndexError) -> [[Float]] {
    var values: [[Float]] = []
    for list in lists {
      var floats: [Float] = []
      for offset in 0..<list.count { list.block.appendRow(offset, to: &floats) }
      values.append(floats)
    }
    return values
  }
}

extension IdentifiedAddition {
  mutating func add(_ vectors: Vectors, ids: [Int64]) throws(IndexError) {
    try add(vectors.batch(), ids: ids.span, execution: Execution())
  }
}
