import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// Indexes of every kind that can be stored, with vectors.
enum SampleIndexes {
  static let dimension = 12

  static func vectors(_ count: Int, seed: UInt64) -> Vectors {
    var generator = SplitMix64(seed: seed)
    let values = (0..<count * dimension).map { _ in Float.random(in: -1...1, using: &generator) }
    return Vectors(values, dimension: dimension, description: "\(count) vectors, seed \(seed)")
  }

  static func flat(_ metric: Metric, count: Int = 300) throws -> FlatIndex {
    var index = FlatIndex(dimension: dimension, metric: metric)
    let rows = vectors(count, seed: 1)
    try index.add(rows.batch())
    return index
  }

  static func inverted(
    _ metric: Metric = .l2, coarse: (any VectorIndex)? = nil, map: DirectMap.Kind = .none
  ) throws -> IVFIndex {
    var index = try IVFIndex(dimension: dimension, metric: metric, listCount: 16, coarse: coarse)
    let rows = vectors(500, seed: 2)
    try index.train(on: rows.batch())
    try index.setDirectMap(map)
    try index.add(rows.batch())
    index.probes = 5
    return index
  }

  static func graph(_ metric: Metric = .l2) throws -> HNSWIndex {
    var index = try HNSWIndex(dimension: dimension, metric: metric, links: 8)
    index.efConstruction = 33
    index.efSearch = 40
    let rows = vectors(400, seed: 3)
    try index.add(rows.batch())
    return index
  }

  /// An inverted file behind transforms.
  static func transformed(_ words: [String]) throws -> TransformedIndex {
    var (chain, last): ([any VectorTransform], Int) = ([], dimension)
    for word in words {
      chain.append(try TransformSpec(parsing: word).makeTransform(inputDimension: last))
      last = chain.last?.outputDimension ?? last
    }
    var index = try TransformedIndex(
      chain, IVFIndex(dimension: last, metric: .l2, listCount: 8))
    let rows = vectors(500, seed: 4)
    try index.train(on: rows.batch())
    try index.add(rows.batch())
    return index
  }

  static func mapped(_ inner: any VectorIndex, isReversible: Bool) throws -> IDMapIndex {
    let ids = (0..<Int64(inner.count)).map { $0 * 7 + 1_000_000_000_000 }
    return try IDMapIndex(inner, ids: ids, isReversible: isReversible)
  }

  static let all = floats + coded

  /// Indexes that hold floats.
  static let floats: [(name: String, make: @Sendable () throws -> any VectorIndex)] = [
    ("flat L2", { try flat(.l2) }),
    ("flat inner product", { try flat(.innerProduct) }),
    ("flat L1", { try flat(.l1) }),
    ("flat Lp 1.5", { try flat(.lp(1.5)) }),
    ("flat Canberra", { try flat(.canberra) }),
    ("flat Gower", { try flat(.gower) }),
    ("flat of several chunks", { try flat(.l2, count: 200_000) }),
    ("flat, empty", { FlatIndex(dimension: dimension) }),
    ("IVF", { try inverted() }),
    ("IVF, inner product", { try inverted(.innerProduct) }),
    ("IVF, array map", { try inverted(map: .array) }),
    ("IVF, hash map", { try inverted(map: .hashTable) }),
    ("IVF, not trained", { try IVFIndex(dimension: dimension, listCount: 1000) }),
    (
      "IVF over HNSW",
      { try inverted(coarse: HNSWIndex(dimension: dimension, metric: .l2, links: 4)) }
    ),
    ("HNSW", { try graph() }),
    ("HNSW, inner product", { try graph(.innerProduct) }),
    ("HNSW, empty", { try HNSWIndex(dimension: dimension, links: 5) }),
    ("id map", { try mapped(flat(.l2), isReversible: false) }),
    ("reversible id map", { try mapped(graph(), isReversible: true) }),
    ("id map over IVF", { try mapped(inverted(), isReversible: true) }),
    ("L2norm", { TransformedIndex(try flat(.innerProduct)) }),
    ("PCA and OPQ before IVF", { try transformed(["PCA10", "OPQ2_6"]) }),
    ("ITQ and HR before IVF", { try transformed(["ITQ5", "HR"]) }),
    (
      "id map over L2norm over IVF",
      {
        try mapped(TransformedIndex(inverted(.innerProduct)), isReversible: true)
      }
    ),
  ]
}
