import Foundation
import Vicinal

/// From vectors to a tuned index, in memory: choose, train, fill, tune, measure.
struct AutomaticBuild {
  let options: BuildOptions
  let source: any EmbeddingSource
  let execution: Execution

  func run() throws(IndexError) -> (index: any VectorIndex, infos: IndexInfos) {
    let started = ContinuousClock.now
    let timer = StepTimer()
    timer.begin("choose")
    var (choice, report) = try choose()
    let settings = try KnobSettings(parsing: options.indexParam ?? "")
    try IndexMaintenance.check(
      choice.spec, settings: settings, dimension: source.dimension, metric: options.metric)
    let plan = try plan(&choice)
    var builder = IndexBuilder(
      spec: choice.spec, metric: options.metric, isAccelerated: choice.isAccelerated,
      workMemory: plan.work)
    builder.seed = options.seed
    timer.begin("build")
    var (index, warnings) = try builder.build(from: source, execution: execution)
    if options.hasDirectMap { _ = try IndexMaintenance.addDirectMap(to: &index) }
    if let remark = try IndexBuilder.enforce(options.indexMemory, on: &index) {
      warnings.append(remark)
    }
    timer.begin("tune")
    var infos = try tuned(&index, plan)
    infos.warnings = warnings + infos.warnings
    infos.sizeInBytes = try IndexFile.byteCount(of: index)
    try options.indexMemory.require(infos.sizeInBytes, "the file would take")
    infos.selection = report
    infos.indexKey = choice.spec.factoryString
    infos.reason = choice.reason
    infos.metric = options.metricName.rawValue
    infos.compressionRatio =
      Double(index.count) * Double(index.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    infos.peakMemoryInBytes = peakResidentMemory()
    infos.buildSeconds = (ContinuousClock.now - started) / .seconds(1)
    infos.predictedSizeInBytes = choice.predictedFileBytes
    infos.predictedMemoryInBytes = choice.predictedBytes
    infos.seed = options.seed
    infos.steps = timer.finish()
    return (index, infos)
  }

  private func choose() throws(IndexError) -> (Choice, SelectionReport?) {
    var choice: Choice
    if let key = options.indexKey {
      choice = try TableSelection.fit(
        options.spec(IndexSpec(parsing: key)), count: source.count, dimension: source.dimension,
        budget: options.budget)
    } else if options.selection == .table {
      choice = try TableSelection.choose(
        count: source.count, dimension: source.dimension, metric: options.metric,
        budget: options.budget)
      choice.spec = try options.spec(choice.spec)
    } else {
      var asked = SelectionOptions(metric: options.metric, budget: options.budget)
      asked.isNormalized = options.metricName == .cosine
      asked.isFloatOnly = options.isFloatOnly
      asked.k = options.k
      asked.seed = options.seed
      let found = try IndexSelector(asked).choose(from: source, execution: execution)
      return (found.choice, found.report)
    }
    if options.isFloatOnly { choice.isAccelerated = false }
    return (choice, nil)
  }

  /// Room for work, without the companion if it is not enough otherwise.
  private func plan(_ choice: inout Choice) throws(IndexError) -> MemoryPlan {
    func plan(_ isAccelerated: Bool) throws(IndexError) -> MemoryPlan {
      try MemoryPlan(
        bound: options.processMemory, spec: choice.spec, count: source.count,
        dimension: source.dimension, isAccelerated: isAccelerated, mayUseDisk: false)
    }
    if choice.isAccelerated, let found = try? plan(true) { return found }
    choice.isAccelerated = false
    return try plan(false)
  }

  private func tuned(
    _ index: inout any VectorIndex, _ plan: MemoryPlan
  ) throws(IndexError) -> IndexInfos {
    var infos = IndexInfos()
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.isAcceleratedCore
    let queries = try heldOut(index, plan)
    if let parameters = options.indexParam {
      try IndexMaintenance.set(parameters: parameters, on: &index)
      infos.indexParam = parameters
    } else {
      var tuner = ParameterTuner(budget: options.budget)
      tuner.leastNeighbors = options.leastNeighbors
      tuner.judgedNeighbors = options.k
      let tuning = try tuner.tune(index, on: queries, execution: execution)
      try IndexMaintenance.set(parameters: tuning.chosen.parameters, on: &index)
      infos.indexParam = tuning.chosen.parameters
      infos.operatingPoints = tuning.measured.map {
        TunedSetting($0, within: options.queryMilliseconds)
      }
      if !tuning.isWithinBound {
        infos.warnings.append(
          "no setting is within \(options.queryMilliseconds) ms per query; the fastest was taken")
      }
    }
    try infos.measure(index, queries, execution)
    return infos
  }

  /// Vectors of the index as queries, each left out of its own answers; codes are judged against
  /// the data.
  private func heldOut(
    _ index: any VectorIndex, _ plan: MemoryPlan
  ) throws(IndexError) -> HeldOutQueries {
    let count = min(1000, index.count)
    let places = max(100, options.k)
    if index.keepsVectors,
      let held = try HeldOutQueries.sampled(
        from: index, count: count, k: places, seed: options.seed &+ 1, execution: execution)
    {
      return held
    }
    return try HeldOutQueries.sampled(
      from: source, index: index, count: count, k: places, seed: options.seed &+ 1,
      batchRows: plan.truthRows(dimension: index.dimension), execution: execution)
  }
}
