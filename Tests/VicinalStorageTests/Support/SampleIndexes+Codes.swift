import VicinalCore
import VicinalIndexes
import VicinalTestSupport

extension SampleIndexes {
  /// What a factory string describes, with vectors unless it is not to be trained.
  static func built(
    _ factory: String, _ metric: Metric = .l2, isTrained: Bool = true
  ) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: factory).makeIndex(dimension: dimension, metric: metric)
    guard isTrained else { return index }
    let rows = vectors(600, seed: 5)
    try index.train(on: rows.batch())
    try index.add(rows.batch())
    return index
  }

  private static let trained = [
    "LSH", "LSH8", "LSH32r", "LSHt", "LSH40rt", "RaBitQ", "RaBitQ4", "SQ4", "PQ4x8", "PQ4x4fs",
    "IVF16,RaBitQ", "IVF16,RaBitQ3", "IVF16,SQ8", "IVF16,SQ0", "IVF16,PQ3", "IVF16,PQ4x4fsr",
    "IMI2x4,PQ3", "IVF16(RCQ2x2),Flat", "HNSW8,SQ8", "HNSW8,PQ4", "HNSW8,RaBitQ", "HNSW8,RaBitQ4",
    "RR,RaBitQ4",
    "IVF16,PQ3+2", "PQ4x4fs,RFlat",
    "RQ3x4", "RQ1x5_2x3_Nfloat", "RQ2x4_Nrq2x4", "PRQ2x2x4_Ncqint4", "IVF16,RQ3x4_Nqint8",
    "HNSW8,RQ3x4_Ncqint8",
    "FlatL2Panorama5_64", "IVF16,FlatPanorama7_8", "HNSW8,FlatPanorama3",
    "SQ8,RefinePanorama(FlatL2Panorama4_1)", "RaBitQfs", "RaBitQfs3_64", "IVF16,RaBitQfs",
    "IVF16,RaBitQfs4", "IVF16,FlatDedup", "IVF16(PQ4x4,RFlat),SQ8", "IVF16(RR,PQ4x4fs,RFlat),Flat",
    "IVF16(RR,SQ8),PQ3",
  ]

  private static let ofInnerProduct = [
    "RaBitQ", "RaBitQ4", "IVF16,RaBitQ3", "HNSW8,RaBitQ4", "SQ8", "RaBitQfs2", "FlatIPPanorama4",
    "IVF16,FlatPanorama4",
    "IVF16,RaBitQfs",
  ]

  private static let untrained = [
    "LSHt", "LSH40rt", "RaBitQ4", "IVF16,RaBitQ", "PQ4x8", "SQ8", "RQ3x4",
    "IVF16,PRQ2x2x4_Nrq2x4", "LSQ3x4",
    "RaBitQfs",
  ]

  /// Indexes that hold codes.
  static let coded: [(name: String, make: @Sendable () throws -> any VectorIndex)] =
    trained.map { factory in (factory, { try built(factory) }) }
    + ofInnerProduct.map { factory in
      ("\(factory), inner product", { try built(factory, .innerProduct) })
    }
    + untrained.map { factory in
      ("\(factory), not trained", { try built(factory, isTrained: false) })
    }
}
