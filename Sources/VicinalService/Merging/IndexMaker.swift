import VicinalCore
import VicinalIndexes
import VicinalTuning

/// Makes the index of a merge as `vicinal build-index` does: chosen by measuring unless its kind is
/// known, built, and its search parameters tuned and measured.
struct IndexMaker {
  var metric: ServiceMetric
  var policy: MergePolicy
  /// `nil` to choose.
  var spec: IndexSpec?
  /// How many vectors there were when `spec` was chosen; `nil` if it is chosen now.
  var chosenFor: Int?

  /// Beside the index itself: samples, batches, what training learns from.
  private static let workMemory = 1 << 30

  /// - Returns: `nil` if nothing is better than the exact flat index.
  /// - Throws: As `IndexPipeline`.
  func make(
    from source: StoreCopy, execution: Execution
  ) throws(IndexError) -> (index: any VectorIndex, facts: MainFacts)? {
    var pipeline = IndexPipeline(metric: metric.indexMetric)
    pipeline.selection.budget.indexMemory = MemorySize(bytes: policy.indexMemory)
    pipeline.selection.budget.workMemory = MemorySize(bytes: Self.workMemory)
    pipeline.selection.budget.targetRecall = policy.targetRecall
    pipeline.selection.timeLimit = .seconds(policy.choosingSeconds)
    pipeline.memory = MemorySize(bytes: policy.indexMemory + 2 * Self.workMemory)
    if spec == nil {
      var options = pipeline.selection
      options.buildMemory = pipeline.memory
      options.mayBuildOnDisk = false
      let found = try IndexSelector(options).choose(from: source, execution: execution)
      pipeline.spec = found.choice.spec
    } else {
      pipeline.spec = spec
    }
    guard let chosen = pipeline.spec, chosen != .flat else { return nil }
    let built = try pipeline.make(from: source, execution: execution)
    let facts = MainFacts(
      key: chosen.factoryString, parameters: built.infos.indexParam,
      recall: built.infos.recallAt10, chosenFor: chosenFor ?? source.count,
      isAccelerated: built.infos.isAccelerated,
      hasExactScores: try MainIndex.hasExactScores(
        built.index, of: source, execution: execution))
    return (built.index, facts)
  }
}
