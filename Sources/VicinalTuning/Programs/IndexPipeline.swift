public import VicinalCore
public import VicinalDatasets
public import VicinalIndexes

/// From vectors to a tuned and measured index, within bounds: what `vicinal build-index` does, for
/// programs. AutoFaiss: `build_index`.
///
/// ```swift
/// var pipeline = IndexPipeline(metric: .l2)
/// pipeline.selection.budget.indexMemory = try MemorySize(parsing: "500M")
/// let built = try await pipeline.build(from: EmbeddingFiles(["embeddings"]))
/// print(built.infos.indexKey, built.infos.recalls)
/// try IndexFile.write(built.index, to: "knn.index")
/// ```
///
/// The index is built in memory and returned. ``IndexFileBuild`` writes files: several indexes,
/// indexes that do not fit the memory, builds that can be resumed.
public struct IndexPipeline: Sendable {
  /// Metric, memory, latency and recall asked for, seed, queries, and the time that building may take.
  public var selection: SelectionOptions

  /// What to build; chosen by measuring unless given. With `selection.isNormalized` vectors are scaled
  /// in front of it.
  public var spec: IndexSpec?

  /// Search parameters, `nprobe=16`; tuned unless given.
  public var parameters: String?

  /// Resident memory of the process at most while it builds. AutoFaiss: `current_memory_available`.
  public var memory = MemorySize(bytes: 32 << 30)

  /// At least so many of the neighbours asked for must come back. AutoFaiss:
  /// `min_nearest_neighbors_to_retrieve`.
  public var leastNeighbors = 20

  /// AutoFaiss's bounds, our target recall.
  public init(metric: Metric) { selection = SelectionOptions(metric: metric) }

  /// Chooses, builds, tunes and measures, on the calling thread and as many others as asked for.
  ///
  /// - Parameters:
  ///   - source: The vectors.
  ///   - execution: Threads, progress (every step under its name), cancellation.
  /// - Throws: As ``IndexSelector``, ``MemoryPlan``, ``IndexBuilder`` and ``ParameterTuner``;
  ///   ``IndexError/Code/memoryBound`` for an index that must be put together on disk.
  public func make(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> BuiltIndex {
    var outputs = BuildOutputs()
    outputs.isSaving = false
    return try IndexFileBuild(self, to: outputs).makeInMemory(from: source, execution: execution)
  }
}

/// An index with what is known of it.
public struct BuiltIndex: Sendable {
  /// Trained, filled and tuned.
  public var index: any VectorIndex
  /// What was chosen and measured, as `index_infos.json` holds it.
  public var infos: IndexInfos
}
