import VicinalCoding
import VicinalCore
import VicinalIndexes

/// Graphs, transforms, refinement, id maps and shards over codes.
let combinedSubjects: [ContractSubject] = [
  .built(
    "HNSW16,SQ8", exactness: .recall(atLeast: 0.9), .decoded(isCancelling: true),
    knobs: [.efSearch]),
  .built(
    "HNSW16,PQ4np", exactness: .recall(atLeast: 0.8), .decoded(isCancelling: false),
    knobs: [.efSearch]),
  .built(
    "HNSW16,RaBitQ4", exactness: .recall(atLeast: 0.8), .estimated(recall: 0.5),
    knobs: [.efSearch, .queryBits]),
  .built(
    "PQ4np,RFlat", with: "k_factor_rf=1000", .decoded(isCancelling: false),
    knobs: [.hammingThreshold, .refineFactor]),
  .built(
    "PQ4np,RFlat", with: "k_factor_rf=4", exactness: .recall(atLeast: 0.5),
    .decoded(isCancelling: false), knobs: [.hammingThreshold, .refineFactor]),
  .built(
    "PQ8x4fs,Refine(SQ8)", with: "k_factor_rf=4", exactness: .recall(atLeast: 0.5),
    .decoded(isCancelling: true), knobs: [.refineFactor]),
  .built(
    "IVF8,PQ4np,RFlat", with: "nprobe=8,k_factor_rf=1000", .decoded(isCancelling: false),
    knobs: [.probes, .maxCodes, .hammingThreshold, .refineFactor]),
  .built(
    "IVF8,PQ8x4fsr,Refine(SQ8)", with: "nprobe=8,k_factor_rf=1000", .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .refineFactor]),
  .built("PCA8,SQ8", .decoded(isCancelling: true)),
  .built(
    "PCAR8,IVF8,PQ4np", with: "nprobe=8", .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .hammingThreshold]),
  .built("OPQ4_8,PQ4np", .decoded(isCancelling: false), knobs: [.hammingThreshold]),
  .built("OPQ8,PQ8x4fs", .decoded(isCancelling: false)),
  .built("ITQ16,LSH", metrics: [.l2], .estimated(recall: 0.1)),
  .built("RR,RaBitQ4", .estimated(recall: 0.6), knobs: [.queryBits]),
  .built("L2norm,SQ8", .decoded(isCancelling: true), isSimilar: false),
  .built(
    "L2norm,PCA8,HNSW16,SQ8", exactness: .recall(atLeast: 0.8), .decoded(isCancelling: true),
    knobs: [.efSearch], isSimilar: false),
  .built("PCA8,L2norm,RR,Flat", .decoded(isCancelling: true), isSimilar: false),
  .built("IDMap,SQ8", .decoded(isCancelling: true)),
  .built("IDMap2,PQ4np", .decoded(isCancelling: false), knobs: [.hammingThreshold]),
  .built("IDMap2,PCA8,SQ4", .decoded(isCancelling: true)),
  .built("IDMap,PQ8x4fs", .decoded(isCancelling: false)),
  .built(
    "IDMap,HNSW16,SQ8", exactness: .recall(atLeast: 0.9), .decoded(isCancelling: true),
    knobs: [.efSearch]),
  .built(
    "IDMap,IVF8,PQ4np", with: "nprobe=8", .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .hammingThreshold]),
  .built(
    "IDMap,PQ4np,RFlat", with: "k_factor_rf=1000", .decoded(isCancelling: false),
    knobs: [.hammingThreshold, .refineFactor]),
  ContractSubject("shards over SQ8", fidelity: .decoded(isCancelling: true), isStored: false) {
    try ShardedIndex(Array(repeating: makeBuilt("SQ8", dimension: $0, $1), count: 3))
  },
  ContractSubject(
    "shards over IVF8,PQ4np, global ids", fidelity: .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .hammingThreshold], isStored: false
  ) {
    try ShardedIndex(
      Array(repeating: makeBuilt("IVF8,PQ4np", with: "nprobe=8", dimension: $0, $1), count: 2),
      numbering: .global)
  },
  ContractSubject("replicas of PQ8x4fs", fidelity: .decoded(isCancelling: false), isStored: false) {
    try ReplicatedIndex(Array(repeating: makeBuilt("PQ8x4fs", dimension: $0, $1), count: 2))
  },
]
