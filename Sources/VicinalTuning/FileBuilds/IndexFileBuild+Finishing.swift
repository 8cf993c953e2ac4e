import VicinalCompute
package import VicinalCore
package import VicinalDatasets
import VicinalFiles
import VicinalIndexes
import VicinalStorage

/// From a filled index to its files.
extension IndexFileBuild {
  /// Bounds, tunes, measures and writes an index.
  func finish(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, _ job: BuildJob,
    warnings: [String], suffix: String, firstID: Int? = nil
  ) throws(IndexError) -> IndexInfos {
    var warnings = warnings
    let bound = pipeline.selection.budget.indexMemory
    if let remark = try IndexBuilder.enforce(bound, on: &index) { warnings.append(remark) }
    for warning in warnings { warn(warning) }
    job.timer.begin("tune")
    var infos = try tune(&index, source, job)
    if let firstID {
      try IndexParts.shiftIDs(of: &index, by: firstID)
      if pipeline.selection.budget.hasDirectMap { try IndexMaintenance.addHashMap(to: &index) }
    }
    infos.selection = job.selected
    for warning in infos.warnings { warn(warning) }
    infos.warnings = warnings + infos.warnings
    infos.sizeInBytes = try IndexFile.byteCount(of: index)
    // The bound is for the file as well as for the loaded index.
    try bound.require(infos.sizeInBytes, "the file would take")
    job.timer.begin("write")
    if outputs.isSaving {
      try IndexFile.write(index, to: outputs.indexPath + suffix, execution: job.execution)
    }
    try complete(&infos, job, suffix: suffix)
    return infos
  }

  /// Finds and stores search parameters, unless an interrupted build has found them already, and
  /// measures with them.
  package func tune(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> IndexInfos {
    var pipeline = pipeline
    // Times, and so the choice, would be others now.
    let kept = parts == 1 ? job.folder?.note(.parameters) : nil
    if pipeline.parameters == nil { pipeline.parameters = kept }
    let isTuned = pipeline.parameters == nil
    var infos = try pipeline.tune(
      &index, source, truthRows: job.plan.truthRows(dimension: index.dimension),
      limit: job.builder.timeLimit, job.execution
    ) { found throws(IndexError) in
      if isTuned { try job.folder?.keep(found, as: .parameters) }
    }
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.hasInt8Companion
    return infos
  }

  /// Fills in what is known at the end, and writes infos and page.
  func complete(
    _ infos: inout IndexInfos, _ job: BuildJob, suffix: String
  ) throws(IndexError) {
    let path = outputs.indexPath + suffix
    infos.indexKey = job.choice.spec.factoryString
    infos.reason = job.choice.reason
    infos.metric = pipeline.metricName
    infos.indexPath = outputs.isSaving ? try FileLocation(path).name : ""
    if outputs.isSaving, pipeline.selection.budget.isMemoryMappable {
      try Self.requireMappable(path, infos)
    }
    infos.compressionRatio =
      Double(infos.vectorCount) * Double(infos.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    if let remark = infos.notePeak(within: pipeline.memory) { warn(remark) }
    infos.buildSeconds = (ContinuousClock.now - job.started) / .seconds(1)
    infos.predictedSizeInBytes = job.choice.predictedFileBytes
    infos.predictedMemoryInBytes = job.choice.predictedBytes
    infos.seed = job.builder.seed
    infos.steps = job.timer.finish()
    infos.warnings = job.remarks + infos.warnings
    if let remark = job.builder.timeLimit?.remark(infos.steps) {
      warn(remark)
      infos.warnings.append(remark)
    }
    try noteOrigin(of: &infos)
    try writeReports(infos, suffix: suffix)
  }

  /// Writes the infos of the last index anew if more memory was taken after it was complete.
  func noteLaterPeak(_ all: inout [IndexInfos]) throws(IndexError) {
    guard let last = all.indices.last, peakResidentMemory() > all[last].peakMemoryInBytes else {
      return
    }
    if let remark = all[last].notePeak(within: pipeline.memory) { warn(remark) }
    try writeReports(all[last], suffix: IndexParts.suffixes(all.count)[last])
  }

  /// What built the index, and what was asked for.
  package func noteOrigin(of infos: inout IndexInfos) throws(IndexError) {
    infos.versions = BuildVersions(kernels: try KernelSet().level)
    infos.bounds = pipeline.bounds
  }

  /// Writes infos and page, if they are wanted.
  package func writeReports(_ infos: IndexInfos, suffix: String) throws(IndexError) {
    if outputs.isSaving { try infos.write(to: outputs.infosPath + suffix) }
    if let path = outputs.page(suffix: suffix) {
      try writeText(HTMLReport(infos).html, to: path)
    }
  }

  /// Opens what was written, mapped, as whoever uses it will.
  package static func requireMappable(
    _ path: String, _ infos: IndexInfos
  ) throws(IndexError) {
    var options = IndexFile.ReadOptions()
    options.isMapped = true
    let mapped = try IndexFile.read(path, options: options)
    guard mapped.count == infos.vectorCount, mapped.dimension == infos.dimension else {
      throw IndexError(
        .corruptFile,
        "\(path) gives \(mapped.count) vectors of dimension \(mapped.dimension) when it is mapped,"
          + " expected \(infos.vectorCount) of \(infos.dimension)")
    }
  }
}
