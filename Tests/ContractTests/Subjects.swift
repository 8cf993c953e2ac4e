import VicinalCore
import VicinalIndexes

/// Every kind of index that signs the contract. A new kind joins with one entry here.
let contractSubjects: [ContractSubject] = [
  ContractSubject("Flat") { FlatIndex(dimension: $0, metric: $1) },
  ContractSubject("Flat without companion") {
    FlatIndex(dimension: $0, metric: $1, isAccelerated: false)
  },
  ContractSubject("Flat of other metrics", metrics: [.l1, .linf, .lp(3)]) {
    FlatIndex(dimension: $0, metric: $1)
  },
]

/// Writes an index and reads it back; the law about it runs as soon as this is filled in.
let roundTrip: (@Sendable (any VectorIndex) throws -> any VectorIndex)? = nil
