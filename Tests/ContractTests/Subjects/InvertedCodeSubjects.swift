import VicinalCoding
import VicinalCore
import VicinalIndexes

/// Inverted files of codes, all lists visited unless there is a promise.
let invertedCodeSubjects: [ContractSubject] = [
  lists("IVF8,PQ4np", .decoded(isCancelling: true), knobs: [.hammingThreshold]),
  lists("IVF8,PQ2x9", .decoded(isCancelling: true)),
  lists("IVF8,SQ8", .decoded(isCancelling: true)),
  lists("IVF8,SQ4", .decoded(isCancelling: true)),
  lists("IVF8,SQfp16", .decoded(isCancelling: true)),
  .built(
    "IVF8,SQ0", with: "nprobe=8", .decoded(isCancelling: true), knobs: [.probes, .maxCodes],
    isSimilar: false),
  lists("IVF8,PQ8x4fs", .decoded(isCancelling: false)),
  lists("IVF8,PQ8x4fsr", .decoded(isCancelling: true)),
  .built(
    "IVF8,LSH32r", with: "nprobe=8", metrics: [.l2], .estimated(recall: 0.2),
    knobs: [.probes, .maxCodes],
    isStored: false),
  lists("IVF8,RaBitQ", .estimated(recall: 0.3), knobs: [.queryBits]),
  lists("IVF8,RaBitQ4", .estimated(recall: 0.6), knobs: [.queryBits]),
  ContractSubject(
    "IVF8 of polysemous PQ2, ht=6", fidelity: .estimated(recall: 0.2),
    knobs: [.probes, .maxCodes, .hammingThreshold], unstoredSettings: "ht=6"
  ) {
    var index = try makeIVF($0, $1, codec: makePolysemous($0))
    index.scanOptions.hammingThreshold = 6
    return index
  },
  ContractSubject(
    "IVF8 of PQ4, no residuals", fidelity: .decoded(isCancelling: false),
    knobs: [.probes, .maxCodes, .hammingThreshold]
  ) {
    try makeIVF($0, $1, codec: ProductQuantizer(dimension: $0, subspaces: 4))
  },
  ContractSubject(
    "IVF8 of SQ8, no residuals", fidelity: .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes]
  ) {
    try makeIVF($0, $1, codec: ScalarQuantizer(dimension: $0, kind: .bits8))
  },
  .built(
    "IMI2x3,PQ4np", with: "nprobe=64", metrics: [.l2], .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .hammingThreshold]),
  .built(
    "IVF16(RCQ2x2),SQ8", with: "nprobe=16", metrics: [.l2], .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes]),
  .built(
    "IVF8_HNSW8,PQ4np", with: "nprobe=8,quantizer_efSearch=64", .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .coarseEfSearch, .hammingThreshold]),
  .built(
    "IVF8_HNSW8,SQ8", exactness: .recall(atLeast: 0.3), .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .coarseEfSearch]),
  .built(
    "IVF8,PQ4+4", with: "nprobe=8,k_factor=1000", metrics: [.l2], .decoded(isCancelling: true),
    knobs: [.probes, .maxCodes, .refineFactor, .hammingThreshold]),
  .built(
    "IVF8,PQ4+4", metrics: [.l2], exactness: .recall(atLeast: 0.2),
    .decoded(isCancelling: true), knobs: [.probes, .maxCodes, .refineFactor, .hammingThreshold]),
]

private func lists(
  _ factory: String, _ fidelity: ContractSubject.Fidelity, knobs: Set<ContractSubject.Knob> = []
) -> ContractSubject {
  .built(factory, with: "nprobe=8", fidelity, knobs: knobs.union([.probes, .maxCodes]))
}
