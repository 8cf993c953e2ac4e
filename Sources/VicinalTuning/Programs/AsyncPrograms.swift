public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

extension IndexPipeline {
  /// Chooses, builds, tunes and measures without keeping the caller's actor busy; cancelling the task
  /// cancels the work.
  ///
  /// - Throws: As ``make(from:execution:)``.
  public func build(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) async throws(IndexError) -> BuiltIndex {
    try await execution.detached { execution throws(IndexError) in
      try make(from: source, execution: execution)
    }
  }
}

extension IndexBuilder {
  /// Trains and fills the index without keeping the caller's actor busy; cancelling the task cancels
  /// the work.
  ///
  /// - Throws: As ``build(from:execution:)``.
  public func index(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) async throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    try await execution.detached { execution throws(IndexError) in
      try build(from: source, execution: execution)
    }
  }
}

extension IndexTuning {
  /// Tunes an index without keeping the caller's actor busy; cancelling the task cancels the work.
  ///
  /// - Returns: The index with the parameters that were found, and what was measured.
  /// - Throws: As ``tune(_:parameters:source:queries:execution:)``.
  public func tuned(
    _ index: any VectorIndex, parameters: String? = nil, source: (any EmbeddingSource)? = nil,
    queries: (any EmbeddingSource)? = nil, execution: Execution = Execution()
  ) async throws(IndexError) -> BuiltIndex {
    try await execution.detached { execution throws(IndexError) in
      var index = index
      let infos = try tune(
        &index, parameters: parameters, source: source, queries: queries, execution: execution)
      return BuiltIndex(index: index, infos: infos)
    }
  }
}

extension IndexScores {
  /// Measures an index against exact neighbours. AutoFaiss: `score_index`.
  ///
  /// - Parameters:
  ///   - index: What is measured.
  ///   - source: The vectors of the index, in its order.
  ///   - queries: Vectors that are not in it; without them, `queryCount` of its own are used, each
  ///     left out of its own results.
  /// - Throws: ``IndexError/Code/dimensionMismatch`` if they do not belong together,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/cancelled``.
  public static func score(
    _ index: any VectorIndex, source: any EmbeddingSource, queries: (any EmbeddingSource)? = nil,
    queryCount: Int = 500, execution: Execution = Execution()
  ) throws(IndexError) -> IndexScores {
    try index.requireVectors(of: source)
    let judged =
      if let queries {
        try HeldOutQueries.given(
          queries, source: source, index: index, k: 100, execution: execution)
      } else {
        try HeldOutQueries.sampled(
          from: source, index: index, count: queryCount, k: 100, execution: execution)
      }
    return try IndexScores(
      index, judged, areGiven: queries != nil, options: SearchOptions(execution: execution))
  }

  /// Measures an index without keeping the caller's actor busy; cancelling the task cancels the work.
  ///
  /// - Throws: As ``score(_:source:queries:queryCount:execution:)``.
  public static func scores(
    of index: any VectorIndex, source: any EmbeddingSource,
    queries: (any EmbeddingSource)? = nil, queryCount: Int = 500, execution: Execution = Execution()
  ) async throws(IndexError) -> IndexScores {
    try await execution.detached { execution throws(IndexError) in
      try score(
        index, source: source, queries: queries, queryCount: queryCount, execution: execution)
    }
  }
}
