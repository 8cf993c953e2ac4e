import VicinalCoding
import VicinalCore
import VicinalIndexes

/// Flat indexes of codes.
let codedSubjects: [ContractSubject] = [
  .built("PQ4np", .decoded(isCancelling: false)),
  .built("PQ8x4", .decoded(isCancelling: false)),
  .built("PQ2x9", .decoded(isCancelling: false)),
  .built("PQ2", .decoded(isCancelling: false)),
  .built("PQ2", with: "ht=6", .estimated(recall: 0.2)),
  .built("PQ8x4fs", .decoded(isCancelling: false)),
  .built("PQ4x4fs_64", .decoded(isCancelling: false)),
  .built("SQ8", .decoded(isCancelling: true)),
  .built("SQ6", .decoded(isCancelling: true)),
  .built("SQ4", .decoded(isCancelling: true)),
  .built("SQfp16", .decoded(isCancelling: false)),
  .built("SQbf16", .decoded(isCancelling: false)),
  .built("SQ8_direct_signed", .decoded(isCancelling: false)),
  scalar(.direct, isSimilar: false), scalar(.uniform8), scalar(.uniform4), scalar(.unitLevels4),
  scalar(.normalLevels4),
  .built("LSH", metrics: [.l2], .estimated(recall: 0.1)),
  .built("LSH64rt", metrics: [.l2], .estimated(recall: 0.3)),
  .built("RaBitQ", .estimated(recall: 0.3)),
  .built("RaBitQ4", .estimated(recall: 0.6)),
]

/// Kinds of scalar codes without a name of their own in factory strings.
private func scalar(_ kind: ScalarQuantizer.Kind, isSimilar: Bool = true) -> ContractSubject {
  ContractSubject(
    "scalar codes, \(kind)", fidelity: .decoded(isCancelling: true), isSimilar: isSimilar
  ) {
    CodedIndex(codec: try ScalarQuantizer(dimension: $0, kind: kind), metric: $1)
  }
}
