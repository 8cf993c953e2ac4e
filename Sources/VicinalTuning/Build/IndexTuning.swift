public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

/// Gives a finished index new search parameters, found by measuring. AutoFaiss: `tune_index`.
///
/// ```swift
/// var index = try IndexFile.read("knn.index")
/// let infos = try IndexTuning().tune(&index)
/// print(infos.indexParam, infos.recalls)
/// try IndexFile.write(index, to: "tuned_knn.index")
/// ```
public struct IndexTuning: Sendable {
  /// Time per query and recall wanted; its bounds of memory play no part.
  public var budget = Budget()

  /// At least so many of the neighbours asked for must come back. AutoFaiss:
  /// `min_nearest_neighbors_to_retrieve`.
  public var leastNeighbors = 20

  /// Vectors that become queries where none are given.
  public var queryCount = 1000

  /// Neighbours that recall is known for, at least 1.
  public var k = 100

  /// AutoFaiss's defaults.
  public init() {}

  /// Tunes an index.
  ///
  /// - Parameters:
  ///   - index: Holds the parameters that were found afterwards.
  ///   - parameters: `nprobe=16` to set these instead of looking for better ones.
  ///   - source: The vectors of the index, in its order. Without them, queries and truth are what
  ///     the index keeps; if those are codes, a warning says so.
  ///   - queries: Vectors that are not in the index; `source` must be there too.
  /// - Returns: What was measured.
  /// - Throws: ``IndexError/Code/unsupported`` for a parameter that the index does not have, and
  ///   if an index keeps nothing that can be queried with and there is no source;
  ///   ``IndexError/Code/dimensionMismatch`` if source or queries do not belong to the index;
  ///   ``IndexError/Code/insufficientData`` for an empty index; ``IndexError/Code/cancelled``.
  public func tune(
    _ index: inout any VectorIndex, parameters: String? = nil,
    source: (any EmbeddingSource)? = nil, queries: (any EmbeddingSource)? = nil,
    execution: Execution = Execution()
  ) throws(IndexError) -> IndexInfos {
    // Wrong parameters are told before anything is measured.
    if let parameters { try IndexMaintenance.set(parameters: parameters, on: &index) }
    guard index.count > 0 else {
      throw IndexError(.insufficientData, "the index is empty, so there is nothing to measure")
    }
    var infos = IndexInfos()
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.hasInt8Companion
    infos.metric = index.isNormalized ? "cosine" : index.metric.shortName
    infos.bounds = BuildBounds()
    infos.bounds?.queryMilliseconds = budget.queryMilliseconds
    infos.bounds?.targetRecall = budget.targetRecall
    infos.bounds?.leastNeighbors = leastNeighbors
    let judged = try heldOut(index, source, queries, execution, &infos.warnings)
    if let parameters {
      infos.indexParam = parameters
    } else {
      var tuner = ParameterTuner(budget: budget)
      tuner.leastNeighbors = leastNeighbors
      let tuning = try tuner.tune(index, on: judged, execution: execution)
      try IndexMaintenance.set(parameters: tuning.chosen.parameters, on: &index)
      infos.indexParam = tuning.chosen.parameters
      infos.operatingPoints = tuning.measured.map {
        TunedSetting($0, within: budget.queryMilliseconds)
      }
      if !tuning.isWithinBound {
        infos.warnings.append(
          "no setting is within \(budget.queryMilliseconds) ms per query; the fastest was taken")
      } else if !tuning.reachesTarget {
        let recall = percent(tuning.chosen.recall[tuner.judgedNeighbors] ?? 0)
        infos.warnings.append(
          "recall \(recall) is the best within \(budget.queryMilliseconds) ms;"
            + " \(percent(budget.targetRecall)) was asked for")
      }
    }
    try infos.measure(index, judged, areGiven: queries != nil, execution)
    return infos
  }

  private func heldOut(
    _ index: any VectorIndex, _ source: (any EmbeddingSource)?,
    _ queries: (any EmbeddingSource)?, _ execution: Execution, _ warnings: inout [String]
  ) throws(IndexError) -> HeldOutQueries {
    let k = max(1, min(k, index.count - 1))
    guard let source else {
      guard queries == nil else {
        throw IndexError(
          .invalidArgument,
          "queries need the embeddings too: their exact neighbours are found there")
      }
      if !index.keepsVectors {
        warnings.append(
          "queries and truth are what the codes of the index stand for; give the embeddings for"
            + " recall against the vectors themselves")
      }
      return try .decoded(from: index, count: queryCount, k: k, execution: execution)
    }
    try index.requireVectors(of: source)
    if let queries {
      return try .given(queries, source: source, index: index, k: k, execution: execution)
    }
    return try .sampled(
      from: source, index: index, count: min(queryCount, index.count), k: k, execution: execution)
  }
}

extension VectorIndex {
  /// Requires embeddings that may be the vectors of the index: as many, of the same dimension, and
  /// each under its number.
  ///
  /// - Throws: ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/unsupported`` for other ids.
  public func requireVectors(of source: any EmbeddingSource) throws(IndexError) {
    guard source.dimension == dimension, source.count == count else {
      throw IndexError(
        .dimensionMismatch,
        "the index holds \(count) vectors of dimension \(dimension), the embeddings"
          + " \(source.count) of \(source.dimension); they must be the same vectors")
    }
    guard numbersRows else {
      throw IndexError(
        .unsupported,
        "the ids of the index are not the numbers of its vectors, 0 to \(count - 1), so that it cannot"
          + " be told which row of the embeddings is which; an index of N parts is measured by its"
          + " build, others without embeddings")
    }
  }

  /// Requires a factory string that may be the one of the index.
  ///
  /// - Parameter key: What the caller believes the index to be.
  /// - Throws: ``IndexError/Code/invalidSpecification`` if it is no factory string,
  ///   ``IndexError/Code/invalidArgument`` if the index is of another kind.
  public func requireKind(of key: String) throws(IndexError) {
    let spec = try IndexSpec(parsing: key)
    let model = try spec.makeIndex(dimension: dimension, metric: metric, isAccelerated: false)
    guard isBuilt(like: model) else {
      throw IndexError(
        .invalidArgument,
        "the index is not of the kind \(key); leave the key out, the file says what it is")
    }
  }
}

extension Metric {
  /// As options and reports write it: `ip`, `l2`, `l1` ….
  var shortName: String {
    switch self {
    case .innerProduct: "ip"
    case .lp(let power): "lp(\(power))"
    default: "\(self)"
    }
  }
}
