package import VicinalCore
package import VicinalDatasets
package import VicinalFiles
package import VicinalIndexes
import VicinalStorage

/// What is decided before an index is built.
extension IndexFileBuild {
  /// The vectors of each index, of which there must be one at least.
  package func divided(_ source: any EmbeddingSource) throws(IndexError) -> [Range<Int>] {
    guard parts >= 1, parts <= max(1, source.count) else {
      throw IndexError(
        .invalidArgument,
        "nb-indices-to-keep is \(parts), expected 1…\(max(1, source.count)), the number of vectors"
          + " that there are")
    }
    return IndexParts.ranges(source.count, parts: parts)
  }

  /// The id mapping that is wanted, after checking that it can be made and written. As in AutoFaiss
  /// it takes folder and columns; one alone is not an error.
  package func idMapping(
    _ source: any EmbeddingSource, isAppending: Bool = false
  ) throws(IndexError) -> IDMapping? {
    guard outputs.isSaving else { return nil }
    guard let idsPath = outputs.idsPath, !outputs.idColumns.isEmpty else {
      if outputs.idsPath != nil {
        warn("ids-path has no effect without id-columns")
      }
      if !outputs.idColumns.isEmpty {
        warn("id-columns has no effect without ids-path")
      }
      return nil
    }
    guard let files = source as? EmbeddingFiles else {
      throw IndexError(
        .unsupported, "id columns are those of files, but the vectors come from somewhere else")
    }
    let mapping = try IDMapping(columns: outputs.idColumns, of: files)
    if mapping.hasNumbersOnly {
      warn("id columns come with parquet files; \(idsPath) will hold only i")
    }
    // Where ids are added, those before are looked at once the index is there to compare with.
    if !isAppending { try IDMapping.check(idsPath) }
    return mapping
  }

  /// Makes sure that files can be written where they are wanted.
  package func prepare(
    _ source: any EmbeddingSource, _ parts: Int, _ folders: MissingFolders
  ) throws(IndexError) {
    guard outputs.isSaving else { return }
    let sources = [source] + [pipeline.selection.queries].compactMap(\.self)
    let inputs =
      sources.flatMap { ($0 as? EmbeddingFiles)?.files.map(\.path) ?? [] }
      + [trainedIndex].compactMap(\.self)
    try prepareOutputs(outputs.named(parts), besides: inputs, folders: folders)
  }

  /// Refuses a division and outputs that cannot be; what is only remarkable is told by the build.
  func checkOutputs(for source: any EmbeddingSource) throws(IndexError) {
    var silent = self
    silent.tell = { _ in }
    let parts = try silent.divided(source).count
    _ = try silent.idMapping(source)
    try silent.prepare(source, parts, .madeLater)
  }

  /// Refuses queries that could not be used in the end, before hours are spent.
  func checkQueries(_ source: any EmbeddingSource) throws(IndexError) {
    guard let queries = pipeline.selection.queries else { return }
    guard queries.dimension == source.dimension else {
      throw IndexError(
        .dimensionMismatch,
        "the queries have dimension \(queries.dimension), the embeddings \(source.dimension)")
    }
    guard !pipeline.selection.metric.allowsNaN else { return }
    try queries.forEachBatch(rows: 4096) { batch, first throws(IndexError) in
      try queries.requireFinite(batch, from: first)
    }
  }

  /// Which index is built, and how that was found if it was not given.
  package func choose(
    _ source: any EmbeddingSource, _ execution: Execution
  ) throws(IndexError) -> (Choice, SelectionReport?) {
    var pipeline = pipeline
    pipeline.selection.budget.isMergeable = isDistributed
    if isDistributed { pipeline.selection.budget.isMemoryMappable = true }
    return try pipeline.choose(
      source, memory: memoryForAll,
      mayUseDisk: isDistributed || (outputs.isSaving && parts == 1), execution)
  }

  /// What building all vectors in one index would have to fit: of several indexes only one is in
  /// memory at a time.
  private var memoryForAll: MemorySize {
    let (bytes, overflow) = pipeline.memory.bytes.multipliedReportingOverflow(by: parts)
    return overflow ? MemorySize(bytes: .max) : MemorySize(bytes: bytes)
  }

  /// Refuses what cannot be stored, and parameters that the index does not have.
  package func check(_ spec: IndexSpec, _ source: any EmbeddingSource) throws(IndexError) {
    try IndexMaintenance.check(
      spec, settings: KnobSettings(parsing: pipeline.parameters ?? ""),
      dimension: source.dimension, metric: pipeline.selection.metric)
  }

  /// Divides the memory; the companion is left out if that makes the index fit.
  package func memoryPlan(
    _ choice: inout Choice, count: Int, dimension: Int, mayUseDisk: Bool? = nil
  ) throws(IndexError) -> MemoryPlan {
    try pipeline.plan(
      &choice, count: count, dimension: dimension,
      mayUseDisk: mayUseDisk ?? (outputs.isSaving && parts == 1))
  }

  func builder(
    _ choice: Choice, _ plan: MemoryPlan, since started: ContinuousClock.Instant
  ) -> IndexBuilder {
    var builder = IndexBuilder(
      spec: choice.spec, metric: pipeline.selection.metric, isAccelerated: choice.isAccelerated,
      workMemory: plan.work)
    builder.seed = pipeline.selection.seed
    builder.timeLimit = pipeline.selection.buildTimeLimit.map { BuildTimeLimit($0, since: started) }
    return builder
  }

  /// Remarks about parameters, once the index is known.
  package func probeRemarks(_ spec: IndexSpec) -> [String] {
    guard case .ivf(let lists, _, _) = spec.core,
      let settings = try? KnobSettings(parsing: pipeline.parameters ?? ""),
      let probes = settings.entries.first(where: { $0.name == "nprobe" })?.value,
      probes > Double(lists)
    else { return [] }
    return [
      "nprobe=\(Int(min(probes, 1e15))) is more than the \(lists) lists of the index; faiss and"
        + " Vicinal visit all of them then"
    ]
  }

  /// The trained index that was given.
  func givenTraining(_ job: BuildJob) throws(IndexError) -> (any VectorIndex)? {
    guard let path = trainedIndex else { return nil }
    var options = IndexFile.ReadOptions()
    options.isAccelerated = false
    options.execution.workers = job.execution.workers
    return try IndexMaintenance.requireTraining(
      IndexFile.read(path, options: options), named: path, for: job.builder)
  }

  package func addDirectMap(_ index: inout any VectorIndex) throws(IndexError) {
    guard try IndexMaintenance.addDirectMap(to: &index) else {
      warn("make-direct-map has no effect on this index: it finds ids without one")
      return
    }
  }
}
