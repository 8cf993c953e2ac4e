public import VicinalCore
public import VicinalDatasets
import VicinalFiles
import VicinalIndexes
import VicinalStorage

/// From vectors to index files with their infos: all that `vicinal build-index` does, for programs.
/// AutoFaiss: `build_index`.
///
/// ```swift
/// var pipeline = IndexPipeline(metric: .l2)
/// pipeline.memory = try MemorySize(parsing: "2G")
/// var build = IndexFileBuild(pipeline, to: BuildOutputs(indexPath: "knn.index"))
/// build.isResuming = true
/// let infos = try await build.build(from: EmbeddingFiles(["embeddings"]))
/// ```
///
/// What does not fit the memory is put together on disk, in a folder beside the index. Files appear
/// under their names when they are complete; they are known to be writable before long work.
public struct IndexFileBuild: Sendable {
  /// What is built, within which bounds, and how it is tuned.
  public var pipeline: IndexPipeline

  /// Where files go.
  public var outputs: BuildOutputs

  /// Indexes that the vectors are divided among; ids go through. AutoFaiss: `nb_indices_to_keep`.
  public var parts = 1

  /// Whether finished steps are kept in a folder beside the index, and used if they are there: a build
  /// that was interrupted and is repeated goes on, and ends with the same bytes.
  public var isResuming = false

  /// Vectors in each step that is kept; as many as fit unless given.
  public var checkpointRows: Int?

  /// The file of a trained index without vectors, which is filled in place of training one.
  public var trainedIndex: String?

  /// Whether the index is one for a cluster, which puts parts together.
  package var isDistributed = false

  /// Since when times count; the call unless given.
  package var started: ContinuousClock.Instant?

  /// What is to be said about the options, in front of other warnings, given the vectors of an index.
  package var remarks: @Sendable (_ count: Int) -> [String] = { _ in [] }

  /// Told what happens, as it happens.
  public var tell: @Sendable (BuildRemark) -> Void

  /// Builds what a pipeline says.
  public init(
    _ pipeline: IndexPipeline, to outputs: BuildOutputs = BuildOutputs(),
    tell: @escaping @Sendable (BuildRemark) -> Void = { _ in }
  ) {
    (self.pipeline, self.outputs, self.tell) = (pipeline, outputs, tell)
  }

  /// Chooses, builds, tunes, measures and writes, on the calling thread and as many others as asked
  /// for.
  ///
  /// - Parameters:
  ///   - source: The vectors; ``EmbeddingFiles`` if ids are to be written.
  ///   - execution: Threads, progress (every step under its name), cancellation.
  /// - Returns: The infos of every index, in the order of their vectors.
  /// - Throws: As ``IndexPipeline/make(from:execution:)``; ``IndexError/Code/fileSystem`` for files that
  ///   cannot be written; ``IndexError/Code/invalidArgument`` for outputs that would replace each other
  ///   or the vectors, for more parts than vectors, and for a folder of steps that was left by another
  ///   build. Indexes that are complete by then stay if `isResuming`.
  public func make(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> [IndexInfos] {
    let started = started ?? ContinuousClock.now
    let timer = StepTimer()
    timer.begin("open the embeddings", at: started)
    let mapping = try idMapping(source)
    let ranges = try divided(source)
    try prepare(source, ranges.count, .madeLater)
    let job = try job(source, ranges, timer, since: started, timer.observing(execution))
    var all: [IndexInfos]
    do {
      all = try build(source, ranges, job)
    } catch {
      // Nobody would go on from there otherwise.
      if !isResuming { job.folder?.remove() }
      throw error
    }
    if let idsPath = outputs.idsPath, let mapping {
      try mapping.write(to: idsPath, execution: execution)
      try noteLaterPeak(&all)
    }
    job.folder?.remove()
    try removeEarlier(count: ranges.count)
    return all
  }

  /// Builds without keeping the caller's actor busy; cancelling the task cancels the work.
  ///
  /// - Throws: As ``make(from:execution:)``.
  public func build(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) async throws(IndexError) -> [IndexInfos] {
    try await execution.detached { execution throws(IndexError) in
      try make(from: source, execution: execution)
    }
  }

  /// Tells something that deserves attention.
  func warn(_ text: String) { tell(.warning(text)) }

  /// Tells how it goes.
  func note(_ text: String) { tell(.note(text)) }

  /// Chooses, builds, tunes and measures one index that stays in memory and is not written.
  func makeInMemory(
    from source: any EmbeddingSource, execution: Execution
  ) throws(IndexError) -> BuiltIndex {
    let (started, timer) = (ContinuousClock.now, StepTimer())
    let job = try job(
      source, [0..<source.count], timer, since: started, timer.observing(execution))
    return try indexInMemory(source, job)
  }

  /// Decides what is built and how.
  private func job(
    _ source: any EmbeddingSource, _ ranges: [Range<Int>], _ timer: StepTimer,
    since started: ContinuousClock.Instant, _ execution: Execution
  ) throws(IndexError) -> BuildJob {
    var folder = try isResuming ? workFolder(source, isResuming: true) : nil
    try checkQueries(source)
    timer.begin("choose")
    var (choice, selected) = try choice(of: source, folder, execution)
    try check(choice.spec, source)
    let plan = try memoryPlan(&choice, count: ranges[0].count, dimension: source.dimension)
    let remarks = remarks(ranges[0].count) + probeRemarks(choice.spec)
    for remark in remarks { warn(remark) }
    try prepare(source, ranges.count, .madeNow)
    note(
      "building \(choice.spec), about \(MemorySize(bytes: choice.predictedBytes)) of memory:"
        + " \(choice.reason)")
    if folder == nil, plan.isOnDisk { folder = try workFolder(source, isResuming: false) }
    return BuildJob(
      choice: choice, selected: selected, plan: plan, folder: folder, started: started,
      timer: timer, execution: execution, builder: builder(choice, plan, since: started),
      remarks: remarks)
  }

  /// The index that an interrupted build chose, or what is chosen now.
  private func choice(
    of source: any EmbeddingSource, _ folder: WorkFolder?, _ execution: Execution
  ) throws(IndexError) -> (Choice, SelectionReport?) {
    if let known = try recordedChoice(folder) { return (known, nil) }
    let found = try choose(source, execution)
    try folder?.keep(reportJSON(found.0), as: .choice)
    return found
  }

  /// Builds as many indexes as were asked for, in memory or on disk.
  private func build(
    _ source: any EmbeddingSource, _ ranges: [Range<Int>], _ job: BuildJob
  ) throws(IndexError) -> [IndexInfos] {
    if ranges.count > 1 { return try build(ranges, of: source, job) }
    if job.plan.isOnDisk { return [try buildOnDisk(source, job)] }
    return [try indexInMemory(source, job).infos]
  }

  private func indexInMemory(
    _ source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> BuiltIndex {
    var (index, warnings) = try built(from: source, job)
    if pipeline.selection.budget.hasDirectMap { try addDirectMap(&index) }
    let infos = try finish(&index, source, job, warnings: warnings, suffix: "")
    return BuiltIndex(index: index, infos: infos)
  }

  /// The whole index in memory, as far as possible from steps that were kept.
  private func built(
    from source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    if let staged = job.staged(source.count, checkpointRows) {
      if let trained = try givenTraining(job) { try staged.adopt(trained) }
      return try staged.build(from: source, execution: job.execution)
    }
    guard var index = try givenTraining(job) else {
      return try job.builder.build(from: source, execution: job.execution)
    }
    try job.builder.fill(&index, from: source, execution: job.execution)
    return (index, [])
  }
}
