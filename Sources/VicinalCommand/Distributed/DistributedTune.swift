import ArgumentParser
import Vicinal

/// Tunes and measures all indexes that are kept as one, with queries from all vectors and exact
/// neighbours among all of them.
struct DistributedTune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Find search parameters, and measure.")

  @OptionGroup var arguments: StepArguments

  func run() throws {
    giveFreedMemoryBack()
    let build = arguments.build
    let timer = StepTimer()
    let execution = timer.observing(build.work.execution())
    let folder = try arguments.folder()
    let plan = try folder.plan()
    let source = try plan.open(build)
    let files = folder.finished(plan)
    for file in files {
      try build.bounds.maxIndexMemoryUsage.size.require(
        fileSize(file.address), "the finished index takes")
    }
    let rows = plan.isOnDisk ? 0 : plan.count
    var builder = try plan.builder(build, rows: rows)
    builder.isAccelerated = plan.choice.isAccelerated && !plan.isOnDisk
    builder.timeLimit = build.selection.maxBuildTime.map {
      BuildTimeLimit($0.duration, since: ContinuousClock.now)
    }
    let memory = try MemoryPlan(
      bound: build.bounds.currentMemoryAvailable.size, spec: plan.choice.spec,
      count: rows, dimension: plan.dimension,
      isAccelerated: builder.isAccelerated)
    let job = BuildJob(
      choice: plan.choice, selected: plan.selected, plan: memory, folder: nil,
      started: ContinuousClock.now, timer: timer, execution: execution, builder: builder)
    var infos = try tune(files, source, job, isPaged: plan.isOnDisk)
    infos.peakMemoryInBytes = peakResidentMemory()
    try folder.write(infos)
    for warning in infos.warnings { build.work.warn(warning) }
    try Output.json(StepResult())
  }

  /// - Parameter isPaged: Whether the indexes do not fit the memory and stay in their files.
  private func tune(
    _ files: [FileLocation], _ source: EmbeddingFiles, _ job: BuildJob, isPaged: Bool
  ) throws -> IndexInfos {
    var options = IndexFile.ReadOptions()
    (options.isMapped, options.givesPagesBack) = (isPaged, isPaged)
    options.isAccelerated = job.builder.isAccelerated
    options.execution = job.execution
    var parts: [any VectorIndex] = []
    var warnings = isPaged ? [try arguments.build.fileBuild().pagedRemark] : []
    for file in files {
      var part = try IndexFile.read(file.address, options: options)
      if !isPaged,
        let remark = try IndexBuilder.enforce(
          arguments.build.bounds.maxIndexMemoryUsage.size, on: &part), !warnings.contains(remark)
      {
        warnings.append(remark)
      }
      parts.append(part)
    }
    let isAccelerated = parts.allSatisfy(\.hasInt8Companion)
    // An index made of others has no codes of its own.
    let sample = try source.sample(min(1000, source.count), seed: job.builder.seed)
    let error = try parts[0].reconstructionErrorPercent(
      of: VectorBatch(sample.span, dimension: source.dimension), execution: job.execution)
    var index: any VectorIndex =
      parts.count == 1 ? parts[0] : try ShardedIndex(parts, numbering: .global)
    parts = []
    var infos = try arguments.build.fileBuild().tune(&index, source, job)
    infos.isAccelerated = isAccelerated
    if isPaged {
      // As if they were loaded.
      let loaded = job.choice.spec.byteCount(
        count: source.count, dimension: source.dimension, isAccelerated: false)
      infos.memoryInBytes = max(infos.memoryInBytes, Int(min(loaded, 9e18)))
    }
    infos.reconstructionErrorPercent = error
    infos.warnings = warnings + infos.warnings
    return infos
  }
}
