import VicinalCore
package import VicinalIndexes

/// A kind of binary index set up so that its answers are exact.
package struct BinarySubject: Sendable, CustomStringConvertible {
  package let description: String
  package let make: @Sendable (_ dimension: Int) throws -> any BinaryIndex

  package static let trainingSeed: UInt64 = 500

  /// An empty index, trained.
  package func trained(_ dimension: Int) throws -> any BinaryIndex {
    var index = try make(dimension)
    let sample = BitVectors.random(400, dimension: dimension, seed: Self.trainingSeed)
    try index.train(on: sample.batch())
    return index
  }

  package static let exact: [BinarySubject] = [
    BinarySubject(description: "flat") { dimension in
      try BinaryFlatIndex(dimension: dimension)
    },
    BinarySubject(description: "inverted file") { dimension in
      var index = try BinaryIVFIndex(dimension: dimension, listCount: 9)
      index.probes = 9
      return index
    },
    BinarySubject(description: "inverted file over HNSW") { dimension in
      var coarse = try BinaryHNSWIndex(dimension: dimension, links: 8)
      coarse.efSearch = 64
      var index = try BinaryIVFIndex(dimension: dimension, listCount: 7, coarse: coarse)
      index.probes = 7
      return index
    },
    BinarySubject(description: "HNSW, widest walk") { dimension in
      var index = try BinaryHNSWIndex(dimension: dimension, links: 16)
      index.efSearch = 2000
      return index
    },
    BinarySubject(description: "id map over flat") { dimension in
      try BinaryIDMapIndex(BinaryFlatIndex(dimension: dimension))
    },
    BinarySubject(description: "reversible id map over an inverted file") {
      dimension in
      var index = try BinaryIVFIndex(dimension: dimension, listCount: 5)
      index.probes = 5
      return try BinaryIDMapIndex(index, isReversible: true)
    },
    BinarySubject(description: "over floats") { dimension in
      try BinaryFromFloatIndex(FlatIndex(dimension: dimension))
    },
    BinarySubject(description: "hash, all flips") { dimension in
      var index = try BinaryHashIndex(dimension: dimension, hashBits: 6)
      index.flips = 6
      return index
    },
    BinarySubject(description: "hashes, all flips") { dimension in
      var index = try BinaryMultiHashIndex(dimension: dimension, tableCount: 2, hashBits: 4)
      index.flips = 4
      return index
    },
  ]
}
