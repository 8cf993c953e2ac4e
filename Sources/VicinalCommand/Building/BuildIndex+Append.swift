import Foundation
import Vicinal

extension BuildIndex {
  /// Adds vectors behind those of the index that is there. Search parameters stay.
  func append(
    _ source: EmbeddingFiles, _ mapping: IDMapping?, _ started: ContinuousClock.Instant,
    _ execution: Execution
  ) throws -> IndexInfos {
    var options = IndexFile.ReadOptions()
    options.isAccelerated = !bounds.floatOnly
    options.execution = execution
    let memory = try MemoryPlan.requireRoom(
      toAppend: source.count, dimension: source.dimension, toFile: indexPath,
      bound: bounds.currentMemoryAvailable.size)
    var index = try IndexFile.read(indexPath, options: options)
    let before = index.count
    try requireKey(of: index)
    guard index.dimension == source.dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(indexPath) holds vectors of dimension \(index.dimension), the embeddings have"
          + " \(source.dimension)")
    }
    let isCosine = bounds.metricType == .cosine
    guard index.metric == bounds.metricType.metric, index.normalizesVectors == isCosine else {
      let kind =
        index.normalizesVectors ? "cosine" : index.metric == .l2 ? "l2" : "\(index.metric)"
      throw IndexError(
        .invalidArgument,
        "\(indexPath) compares by \(kind), not by \(bounds.metricType.rawValue); give its metric with"
          + " --metric-type")
    }
    if let idsPath { try mapping?.checkAppending(to: idsPath, after: before) }
    try prepareOutputs(outputs(1), besides: source, folders: .made)
    try IndexMaintenance.append(source, to: &index, workMemory: memory, execution: execution)
    var warnings: [String] = []
    if let remark = try IndexBuilder.enforce(bounds.maxIndexMemoryUsage.size, on: &index) {
      warnings.append(remark)
    }
    var infos = readInfos(indexInfosPath) ?? IndexInfos()
    infos.warnings = []
    infos.operatingPoints = []
    infos.reason = "\(source.count) vectors were added to \(before)"
    if let indexParam {
      try indexParam.settings.apply(to: &index)
      infos.indexParam = indexParam.settings.description
    }
    let count = min(1000, index.count)
    if index.keepsVectors,
      let held = try HeldOutQueries.sampled(from: index, count: count, k: 40, execution: execution)
    {
      try infos.measure(index, held, areGiven: false, execution)
    } else {
      warnings.append(
        "recall and speed are those from before vectors were added: the index keeps codes only;"
          + " vicinal score-index measures it against all embeddings")
    }
    for warning in warnings { work.warn(warning) }
    infos.warnings = warnings
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.hasInt8Companion
    infos.metric = bounds.metricType.rawValue
    infos.indexPath = try FileLocation(indexPath).name
    infos.sizeInBytes = try IndexFile.byteCount(of: index)
    infos.compressionRatio =
      Double(index.count) * Double(index.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    // First the ids: were the command interrupted in between, it could be repeated.
    if let idsPath { try mapping?.write(to: idsPath, from: before, execution: execution) }
    try IndexFile.write(index, to: indexPath, execution: execution)
    if let remark = infos.notePeak(within: bounds.currentMemoryAvailable.size) {
      work.warn(remark)
    }
    infos.buildSeconds = (ContinuousClock.now - started) / .seconds(1)
    infos.versions = BuildVersions(vicinal: vicinalVersion, kernels: try KernelSet().level)
    try writeText(Output.encoded(infos), to: indexInfosPath)
    if let path = reportPath() { try writeText(HTMLReport(infos).html, to: path) }
    return infos
  }

  /// Requires that an index is of the kind that was asked for, as far as it and its infos tell.
  private func requireKey(of index: any VectorIndex) throws(IndexError) {
    guard let indexKey else { return }
    try index.requireKind(of: indexKey)
    let wanted = try bounds.metricType.spec(IndexSpec(parsing: indexKey))
    let name = try FileLocation(indexPath).name
    guard let infos = readInfos(indexInfosPath), infos.indexPath == name,
      let known = try? IndexSpec(parsing: infos.indexKey), known != wanted
    else { return }
    throw IndexError(
      .invalidArgument,
      "the index at \(indexPath) is \(known) by its infos, not \(wanted); leave --index-key out")
  }

  /// What an earlier build wrote, if it can be read.
  func readInfos(_ path: String) -> IndexInfos? {
    guard let path = try? FileLocation(path).localPath,
      let data = try? Data(contentsOf: URL(fileURLWithPath: path))
    else { return nil }
    return try? JSONDecoder().decode(IndexInfos.self, from: data)
  }
}
