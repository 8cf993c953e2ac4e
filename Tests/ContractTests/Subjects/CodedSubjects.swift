import VicinalCoding
import VicinalCore
import VicinalIndexes

/// Flat indexes of codes.
let codedSubjects: [ContractSubject] = [
  .built("PQ4np", .decoded(isCancelling: false), knobs: [.hammingThreshold]),
  .built("PQ8x4", .decoded(isCancelling: false)),
  .built("PQ2x9", .decoded(isCancelling: false)),
  ContractSubject(
    "PQ2, polysemous", fidelity: .decoded(isCancelling: false), knobs: [.hammingThreshold]
  ) {
    CodedIndex(codec: try makePolysemous($0), metric: $1)
  },
  ContractSubject(
    "PQ2, polysemous, ht=6", fidelity: .estimated(recall: 0.2), knobs: [.hammingThreshold]
  ) {
    var index = CodedIndex(codec: try makePolysemous($0), metric: $1)
    index.scanOptions.hammingThreshold = 6
    return index
  },
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
  .built("RaBitQ", .estimated(recall: 0.3), knobs: [.queryBits]),
  .built("RaBitQ4", .estimated(recall: 0.6), knobs: [.queryBits]),
]

/// Kinds of scalar codes without a name of their own in factory strings.
private func scalar(_ kind: ScalarQuantizer.Kind, isSimilar: Bool = true) -> ContractSubject {
  ContractSubject(
    "scalar codes, \(kind)", fidelity: .decoded(isCancelling: true), isSimilar: isSimilar
  ) {
    CodedIndex(codec: try ScalarQuantizer(dimension: $0, kind: kind), metric: $1)
  }
}

/// A product quantizer of short codes whose numbers were put in order, in a hurry.
func makePolysemous(_ dimension: Int) throws -> ProductQuantizer {
  var quantizer = try ProductQuantizer(dimension: dimension, subspaces: 2)
  var training = PolysemousTraining()
  training.iterations = 5000
  training.redos = 1
  quantizer.polysemous = training
  return quantizer
}
