import VicinalCore
import VicinalDatasets
import VicinalIndexes
import VicinalStorage

extension IndexPipeline {
  /// Finds, or sets, the search parameters, and measures the index with them.
  func tune(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, truthRows: Int,
    limit: BuildTimeLimit?, _ execution: Execution
  ) throws(IndexError) -> IndexInfos {
    var infos = IndexInfos()
    let judged = try HeldOutQueries.judging(
      index, source, given: selection.queries, k: max(100, selection.k), seed: selection.seed &+ 1,
      batchRows: truthRows, execution: execution)
    if let parameters {
      try IndexMaintenance.set(parameters: parameters, on: &index)
      infos.indexParam = parameters
    } else {
      var tuner = ParameterTuner(budget: selection.budget)
      tuner.leastNeighbors = leastNeighbors
      tuner.judgedNeighbors = selection.k
      tuner.timeLimit = limit?.leftForTuning
      let tuning = try tuner.tune(index, on: judged, execution: execution)
      try IndexMaintenance.set(parameters: tuning.chosen.parameters, on: &index)
      infos.indexParam = tuning.chosen.parameters
      infos.operatingPoints = tuning.measured.map {
        TunedSetting($0, within: selection.budget.queryMilliseconds)
      }
      if !tuning.isWithinBound {
        infos.warnings.append("no setting is fast enough; the fastest was taken")
      } else if !tuning.reachesTarget {
        infos.warnings.append("no setting that is fast enough reaches the recall asked for")
      }
    }
    try infos.measure(index, judged, areGiven: selection.queries != nil, execution)
    return infos
  }

  /// Fills in what is known without measuring.
  func describe(_ infos: inout IndexInfos, _ index: any VectorIndex, _ choice: Choice) {
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.hasInt8Companion
    infos.indexKey = choice.spec.factoryString
    infos.reason = choice.reason
    infos.metric = selection.isNormalized ? "cosine" : selection.metric.shortName
    infos.predictedSizeInBytes = choice.predictedFileBytes
    infos.predictedMemoryInBytes = choice.predictedBytes
    infos.seed = selection.seed
    infos.sizeInBytes = (try? IndexFile.byteCount(of: index)) ?? 0
    infos.compressionRatio =
      Double(index.count) * Double(index.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    var budget = selection.budget
    budget.workMemory = memory
    infos.bounds = BuildBounds(
      budget, leastNeighbors: leastNeighbors,
      buildSeconds: selection.buildTimeLimit.map { $0 / .seconds(1) })
  }
}
