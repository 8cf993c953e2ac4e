import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// Containers of floats, and of codes that lose nothing.
let floatSubjects: [ContractSubject] = [
  ContractSubject("Flat") { FlatIndex(dimension: $0, metric: $1) },
  ContractSubject("Flat without companion") {
    FlatIndex(dimension: $0, metric: $1, isAccelerated: false)
  },
  ContractSubject("Flat of other metrics", metrics: [.l1, .linf, .lp(3)]) {
    FlatIndex(dimension: $0, metric: $1)
  },
  ContractSubject("IVF, all lists", knobs: [.probes, .maxCodes]) { try makeIVF($0, $1) },
  ContractSubject("IVF without companion, all lists", knobs: [.probes, .maxCodes]) {
    try makeIVF($0, $1, isAccelerated: false)
  },
  ContractSubject(
    "IVF over a graph, few lists", exactness: .recall(atLeast: 0.3),
    knobs: [.probes, .maxCodes, .coarseEfSearch]
  ) {
    try IndexSpec.ivf(listCount: 8, coarse: .hnsw(links: 8)).makeIndex(dimension: $0, metric: $1)
  },
  ContractSubject("codes that lose nothing", isStored: false) {
    CodedIndex(codec: RawFloats(dimension: $0), metric: $1)
  },
  ContractSubject("IVF of codes, all lists", knobs: [.probes, .maxCodes], isStored: false) {
    try makeIVF($0, $1, codec: RawFloats(dimension: $0), isResidual: false)
  },
  ContractSubject(
    "IVF of residual codes, all lists", knobs: [.probes, .maxCodes], noise: 1e-4, isStored: false
  ) {
    try makeIVF($0, $1, codec: RawFloats(dimension: $0), isResidual: true)
  },
  ContractSubject("HNSW", exactness: .recall(atLeast: 0.9), knobs: [.efSearch]) {
    try HNSWIndex(dimension: $0, metric: $1, links: 16)
  },
  ContractSubject("HNSW without codes", exactness: .recall(atLeast: 0.9), knobs: [.efSearch]) {
    try HNSWIndex(dimension: $0, metric: $1, links: 16, isAccelerated: false)
  },
  ContractSubject(
    "HNSW of codes", exactness: .recall(atLeast: 0.9), knobs: [.efSearch], isStored: false
  ) {
    try HNSWIndex(codec: RawFloats(dimension: $0), metric: $1, links: 16)
  },
  ContractSubject("id map over flat") { try IDMapIndex(FlatIndex(dimension: $0, metric: $1)) },
  ContractSubject("reversible id map over flat") {
    try IDMapIndex(FlatIndex(dimension: $0, metric: $1), isReversible: true)
  },
  ContractSubject(
    "id map over HNSW", exactness: .recall(atLeast: 0.9), knobs: [.efSearch]
  ) {
    try IDMapIndex(HNSWIndex(dimension: $0, metric: $1, links: 16))
  },
  ContractSubject("id map over IVF, all lists", knobs: [.probes, .maxCodes]) {
    try IDMapIndex(makeIVF($0, $1))
  },
  ContractSubject("L2norm over flat", seen: unitLength, noise: 1e-6) {
    TransformedIndex(FlatIndex(dimension: $0, metric: $1))
  },
  ContractSubject("shards over flat", isStored: false) {
    try ShardedIndex(Array(repeating: FlatIndex(dimension: $0, metric: $1), count: 3))
  },
  ContractSubject("shards over IVF, global ids", knobs: [.probes, .maxCodes], isStored: false) {
    try ShardedIndex(Array(repeating: makeIVF($0, $1), count: 2), numbering: .global)
  },
  ContractSubject(
    "shards over HNSW", exactness: .recall(atLeast: 0.9), knobs: [.efSearch], isStored: false
  ) {
    try ShardedIndex(
      Array(repeating: HNSWIndex(dimension: $0, metric: $1, links: 16), count: 2))
  },
  ContractSubject("replicas of IVF", knobs: [.probes, .maxCodes], isStored: false) {
    try ReplicatedIndex(Array(repeating: makeIVF($0, $1), count: 2))
  },
]

/// An inverted file that visits all its lists.
func makeIVF(
  _ dimension: Int, _ metric: Metric, codec: (any VectorCodec)? = nil, isResidual: Bool = false,
  isAccelerated: Bool = true
) throws -> IVFIndex {
  var index = try IVFIndex(
    dimension: dimension, metric: metric, listCount: 8, codec: codec, isResidual: isResidual,
    isAccelerated: isAccelerated)
  index.probes = 8
  return index
}

/// Vectors scaled to length 1; zero stays zero.
@Sendable private func unitLength(_ rows: Vectors) -> Vectors {
  var scaled = rows
  for row in 0..<rows.count {
    let length = rows[row].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    for column in 0..<rows.dimension where length > 0 {
      let place = row * rows.dimension + column
      scaled.values[place] = Float(Double(rows.values[place]) / length)
    }
  }
  return scaled
}
