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
    let pipeline = try options.pipeline()
    try check(pipeline.spec)
    let built = try pipeline.make(from: source, execution: execution)
    try options.indexMemory.require(built.infos.sizeInBytes, "the file would take")
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
