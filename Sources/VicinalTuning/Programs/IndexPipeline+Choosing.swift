public import VicinalCore
public import VicinalDatasets
import VicinalIndexes

extension IndexPipeline {
  /// Which index is built, and how that was found if it was not given.
  ///
  /// - Parameters:
  ///   - memory: Resident memory of the process that builds it.
  ///   - mayUseDisk: Whether lists that do not fit may be put together on disk.
  package func choose(
    _ source: any EmbeddingSource, memory: MemorySize, mayUseDisk: Bool, _ execution: Execution
  ) throws(IndexError) -> (Choice, SelectionReport?) {
    guard let spec else {
      var options = selection
      (options.buildMemory, options.mayBuildOnDisk) = (memory, mayUseDisk)
      options.budget.workMemory = workForChoosing
      let found = try IndexSelector(options).choose(from: source, execution: execution)
      return (found.choice, found.report)
    }
    var choice = try TableSelection.fit(
      selection.isNormalized ? spec.normalizing() : spec, count: source.count,
      dimension: source.dimension, budget: selection.budget)
    if selection.isFloatOnly { choice.isAccelerated = false }
    return (choice, nil)
  }

  /// What would be built, and why, with everything that was considered; nothing is built but trials
  /// on a sample. The index is chosen even if ``spec`` names one.
  ///
  /// - Throws: As ``IndexSelector/choose(from:execution:)``; ``IndexError/Code/memoryBound`` if the
  ///   index cannot be built in the memory.
  public func plan(
    for source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> SelectionReport {
    var options = selection
    options.buildMemory = memory
    options.budget.workMemory = workForChoosing
    let found = try IndexSelector(options).choose(from: source, execution: execution)
    // What the table says may be more than can be built in the memory.
    var choice = found.choice
    _ = try plan(&choice, count: source.count, dimension: source.dimension, mayUseDisk: true)
    return found.report
  }

  /// While candidates are tried there is no index yet: what the process itself does not take is for
  /// samples and trials.
  private var workForChoosing: MemorySize {
    let left = max(0, memory.bytes - MemoryPlan.processBytes)
    return MemorySize(bytes: min(selection.budget.workMemory.bytes, left))
  }

  /// Divides the memory; the companion is left out if that makes the index fit.
  package func plan(
    _ choice: inout Choice, count: Int, dimension: Int, mayUseDisk: Bool
  ) throws(IndexError) -> MemoryPlan {
    func plan(_ isAccelerated: Bool, disk: Bool) throws(IndexError) -> MemoryPlan {
      try MemoryPlan(
        bound: memory, spec: choice.spec, count: count, dimension: dimension,
        isAccelerated: isAccelerated, mayUseDisk: disk)
    }
    for isAccelerated in choice.isAccelerated ? [true, false] : [false] {
      if let found = try? plan(isAccelerated, disk: false) {
        choice.isAccelerated = isAccelerated
        return found
      }
    }
    choice.isAccelerated = false
    return try plan(false, disk: mayUseDisk)
  }
}
