import Foundation
import VicinalCore
import VicinalDatasets
import VicinalIndexes

extension IndexPipeline {
  /// Finds, or sets, the search parameters, and measures the index with them.
  ///
  /// - Parameter keep: Given the parameters as soon as they are found.
  func tune(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, truthRows: Int,
    limit: BuildTimeLimit?, _ execution: Execution, keep: (String) throws(IndexError) -> Void
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
      try keep(infos.indexParam)
      infos.operatingPoints = tuning.measured.map {
        TunedSetting($0, within: selection.budget.queryMilliseconds)
      }
      if !tuning.isWithinBound {
        infos.warnings.append(slow(tuning.chosen.meanMilliseconds))
      } else if !tuning.reachesTarget {
        let recall = percent(tuning.chosen.recall[selection.k] ?? 0)
        infos.warnings.append(
          "recall \(recall) is the best within \(selection.budget.queryMilliseconds) ms; allow"
            + " more time or memory for \(percent(selection.budget.targetRecall))")
      }
    }
    try infos.measure(index, judged, areGiven: selection.queries != nil, execution)
    if parameters != nil, infos.averageMilliseconds > selection.budget.queryMilliseconds {
      infos.warnings.append(slow(infos.averageMilliseconds))
    }
    return infos
  }

  /// Said when the bound of time is missed, which an index can do with its fastest setting.
  private func slow(_ milliseconds: Double) -> String {
    "a query takes \(String(format: "%.3f", milliseconds)) ms, more than the"
      + " \(selection.budget.queryMilliseconds) ms allowed; allow more time, or another index or"
      + " index-param"
  }

  /// As options and reports write it.
  var metricName: String { selection.isNormalized ? "cosine" : selection.metric.shortName }

  /// What was asked for.
  var bounds: BuildBounds {
    var budget = selection.budget
    budget.workMemory = memory
    return BuildBounds(
      budget, leastNeighbors: leastNeighbors,
      buildSeconds: selection.buildTimeLimit.map { $0 / .seconds(1) })
  }
}

/// A share as a percentage with one decimal.
package func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
