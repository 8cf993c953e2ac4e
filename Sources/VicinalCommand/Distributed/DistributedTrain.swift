import ArgumentParser
import Vicinal

/// Chooses the index, trains it, and divides the vectors. Runs once, before everything else.
struct DistributedTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Choose and train an index, and divide the vectors.")

  @Option(help: "Processes of the cluster, the driver among them.")
  var executors = 1

  @OptionGroup var arguments: StepArguments

  func run() throws {
    giveFreedMemoryBack()
    let started = ContinuousClock.now
    let build = arguments.build
    let execution = build.work.execution()
    let files = try build.fileBuild()
    let source = try build.opened()
    let isWritingIDs = try files.idMapping(source) != nil
    let parts = try files.divided(source)
    try files.prepare(source, parts.count, .madeLater)
    var (choice, selected) = try files.choose(source, execution)
    if parts.count > 1, case .idMap(let inner, _) = choice.spec { choice.spec = inner }
    try files.check(choice.spec, source)
    let memory = try files.memoryPlan(
      &choice, count: parts[0].count, dimension: source.dimension, mayUseDisk: true)
    // Search parameters are tuned with all parts at once.
    let whole = try? files.memoryPlan(
      &choice, count: source.count, dimension: source.dimension, mayUseDisk: false)
    try files.prepare(source, parts.count, .madeNow)
    build.work.note(
      "building \(choice.spec), about \(MemorySize(bytes: choice.predictedBytes)) of memory:"
        + " \(choice.reason)")
    let isMergeable = choice.spec.hasMergeableLists
    let division = TaskDivision(
      source.count, parts: build.steps.nbIndicesToKeep, executors: executors,
      mostRows: min(build.distribution.vectorsPerTask, memory.partRows), isMergeable: isMergeable)
    var plan = DistributedPlan(
      version: vicinalVersion, choice: choice, selected: selected, count: source.count,
      dimension: source.dimension, files: source.known, division: division, isOnDisk: whole == nil,
      warnings: [build.retrieval.remark(count: parts[0].count)].compactMap(\.self)
        + files.probeRemarks(choice.spec),
      isWritingIDs: isWritingIDs)
    if !isMergeable {
      plan.warnings.append(
        "\(choice.spec) cannot be put together from parts, so every index is filled by one task")
    }
    var builder = IndexBuilder(
      spec: choice.spec, metric: build.bounds.metricType.metric, isAccelerated: false,
      workMemory: memory.work)
    builder.seed = build.selection.seed
    builder.timeLimit = build.selection.maxBuildTime.map {
      BuildTimeLimit($0.duration, since: started)
    }
    if case .idMap(let inner, _) = choice.spec { builder.spec = inner }
    var trained: any VectorIndex
    if let path = build.steps.trainedIndex {
      trained = try IndexMaintenance.requireTraining(
        IndexFile.read(path), named: path, for: builder)
    } else {
      let warnings: [String]
      (trained, warnings) = try builder.trained(on: source, execution: execution)
      plan.warnings += warnings
    }
    for warning in plan.warnings { build.work.warn(warning) }
    let folder = try arguments.folder()
    try folder.location.makeFolder()
    if builder.spec.needsTraining {
      try IndexFile.write(trained, to: folder.trained.address, execution: execution)
    }
    try folder.write(plan)
    try Output.json(DistributedPlanView(plan, build))
  }
}
