import VicinalCore
import VicinalIndexes
import VicinalStorage
import VicinalTestSupport

/// Every kind of index that signs the contract. A new kind joins with one entry in one of the lists.
let contractSubjects: [ContractSubject] =
  floatSubjects + codedSubjects + invertedCodeSubjects + combinedSubjects

extension ContractSubject {
  /// The index that a factory string describes.
  ///
  /// - Parameters:
  ///   - settings: Search parameters, as ``KnobSettings`` reads them.
  ///   - fidelity: What is left of vectors.
  static func built(
    _ factory: String, with settings: String = "", metrics: [Metric] = [.l2, .innerProduct],
    exactness: Exactness = .exact, _ fidelity: Fidelity, knobs: Set<Knob> = [],
    isSimilar: Bool = true, isStored: Bool = true,
    unstoredSettings: String = ""
  ) -> ContractSubject {
    ContractSubject(
      settings.isEmpty ? factory : "\(factory), \(settings)", metrics: metrics,
      exactness: exactness, fidelity: fidelity, knobs: knobs,
      isSimilar: isSimilar, isStored: isStored,
      unstoredSettings: unstoredSettings
    ) {
      try makeBuilt(factory, with: settings, dimension: $0, $1)
    }
  }
}

/// The index that a factory string describes, with search parameters.
func makeBuilt(
  _ factory: String, with settings: String = "", dimension: Int, _ metric: Metric
) throws -> any VectorIndex {
  var index = try IndexSpec(parsing: factory).makeIndex(dimension: dimension, metric: metric)
  try KnobSettings(parsing: settings).apply(to: &index)
  return index
}

/// Writes an index and reads it back.
let roundTrip: (@Sendable (any VectorIndex) throws -> any VectorIndex)? = { index in
  try IndexFile.decode(IndexFile.encode(index))
}
