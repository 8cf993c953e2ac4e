import Vicinal

/// What `vicinal_build` does: the pipeline of programs with the options of the C interface.
struct AutomaticBuild {
  let options: BuildOptions
  let source: any EmbeddingSource
  let execution: Execution

  func run() throws(IndexError) -> BuiltIndex {
    guard source.count > 0 else {
      throw IndexError(.insufficientData, "there are no vectors to build an index from")
    }
    var pipeline = IndexPipeline(metric: options.metric)
    pipeline.selection.budget = options.budget
    pipeline.selection.isNormalized = options.metricName == .cosine
    pipeline.selection.isFloatOnly = options.isFloatOnly
    pipeline.selection.k = options.k
    pipeline.selection.seed = options.seed
    pipeline.memory = options.processMemory
    pipeline.leastNeighbors = options.leastNeighbors
    pipeline.parameters = options.indexParam
    var reason: String?
    if let key = options.indexKey {
      pipeline.spec = try IndexSpec(parsing: key)
    } else if options.selection == .table {
      let choice = try TableSelection.choose(
        count: source.count, dimension: source.dimension, metric: options.metric,
        budget: options.budget)
      (pipeline.spec, reason) = (choice.spec, choice.reason)
    }
    try check(pipeline.spec)
    var built = try pipeline.make(from: source, execution: execution)
    try options.indexMemory.require(built.infos.sizeInBytes, "the file would take")
    if let reason { built.infos.reason = reason }
    return built
  }

  /// Refuses wrong parameters before hours are spent.
  private func check(_ spec: IndexSpec?) throws(IndexError) {
    let settings = try KnobSettings(parsing: options.indexParam ?? "")
    guard let spec else { return }
    try IndexMaintenance.check(
      options.metricName == .cosine ? spec.normalizing() : spec, settings: settings,
      dimension: source.dimension, metric: options.metric)
  }
}
