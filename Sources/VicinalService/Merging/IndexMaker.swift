import VicinalCore
import VicinalIndexes
import VicinalTuning

/// Makes the main index of a merge, tunes its search parameters and measures it.
struct IndexMaker {
  var metric: ServiceMetric
  var policy: MergePolicy
  var execution: Execution

  /// Beside the index itself: samples, batches, what training learns from.
  static let workMemory = 1 << 30

  /// Builds an index as `vicinal build-index` does.
  ///
  /// - Parameters:
  ///   - spec: Its kind; `nil` to choose by measuring.
  ///   - chosenFor: How many vectors there were when `spec` was chosen; `nil` if that is now.
  /// - Returns: `nil` if nothing is better than the exact flat index.
  /// - Throws: As `IndexPipeline`.
  func build(
    _ spec: IndexSpec?, from source: StoreCopy, chosenFor: Int? = nil
  ) throws(IndexError) -> MainIndex? {
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
      training: MainFacts.Training(count: source.count, recall: built.infos.recallAt10),
      isAccelerated: built.infos.isAccelerated,
      hasExactScores: try MainIndex.hasExactScores(
        built.index, of: source, execution: execution))
    return try main(built.index, of: source, facts)
  }

  /// - Throws: ``IndexError/Code/unsupported`` if the index does not hold each vector once.
  func main(
    _ index: any VectorIndex, of source: StoreCopy, _ facts: MainFacts
  ) throws(IndexError) -> MainIndex {
    guard index.count == source.count else {
      throw IndexError(
        .unsupported, "the index holds \(index.count) vectors instead of \(source.count)")
    }
    return try MainIndex(index, ids: source.ids, sequence: source.sequence, facts: facts)
  }
}
