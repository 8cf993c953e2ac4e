import VicinalCompute
public import VicinalCore
public import VicinalDatasets
import VicinalFiles
import VicinalIndexes
import VicinalStorage

extension IndexFileBuild {
  /// Adds vectors behind those of the index that is there; its ids go on. Search parameters stay, unless
  /// others are given.
  ///
  /// - Parameters:
  ///   - source: The new vectors.
  ///   - execution: Threads, progress, cancellation.
  /// - Returns: The infos of the index with the new vectors.
  /// - Throws: ``IndexError/Code/dimensionMismatch``; ``IndexError/Code/invalidArgument`` if the index
  ///   is of another kind or metric; ``IndexError/Code/memoryBound``; ``IndexError/Code/fileSystem``;
  ///   ``IndexError/Code/cancelled``. The files are as they were then.
  public func append(
    _ source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> IndexInfos {
    let started = started ?? ContinuousClock.now
    let mapping = try idMapping(source, isAppending: true)
    let path = outputs.indexPath
    var options = IndexFile.ReadOptions()
    options.isAccelerated = !pipeline.selection.isFloatOnly
    options.execution = execution
    let memory = try MemoryPlan.requireRoom(
      toAppend: source.count, dimension: source.dimension, toFile: path, bound: pipeline.memory)
    var index = try IndexFile.read(path, options: options)
    let before = index.count
    try requireSame(index, source)
    if let idsPath = outputs.idsPath { try mapping?.checkAppending(to: idsPath, after: before) }
    try prepare(source, 1, .made)
    try IndexMaintenance.append(source, to: &index, workMemory: memory, execution: execution)
    if pipeline.selection.budget.hasDirectMap { try addDirectMap(&index) }
    var infos = try appendedInfos(&index, source, before, execution)
    // First the ids: were the build interrupted in between, it could be repeated.
    if let idsPath = outputs.idsPath {
      try mapping?.write(to: idsPath, from: before, execution: execution)
    }
    try IndexFile.write(index, to: path, execution: execution)
    if let remark = infos.notePeak(within: pipeline.memory) { warn(remark) }
    infos.buildSeconds = (ContinuousClock.now - started) / .seconds(1)
    infos.versions = BuildVersions(kernels: try KernelSet().level)
    try writeReports(infos, suffix: "")
    return infos
  }

  /// Measures the index with the new vectors as far as what it keeps allows, and describes it.
  private func appendedInfos(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, _ before: Int,
    _ execution: Execution
  ) throws(IndexError) -> IndexInfos {
    var warnings: [String] = []
    if let remark = try IndexBuilder.enforce(
      pipeline.selection.budget.indexMemory, on: &index)
    {
      warnings.append(remark)
    }
    var infos = IndexInfos.written(at: outputs.infosPath) ?? IndexInfos()
    infos.warnings = []
    infos.operatingPoints = []
    infos.reason = "\(source.count) vectors were added to \(before)"
    if let parameters = pipeline.parameters {
      try IndexMaintenance.set(parameters: parameters, on: &index)
      infos.indexParam = parameters
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
    for warning in warnings { warn(warning) }
    infos.warnings = warnings
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.hasInt8Companion
    infos.metric = pipeline.metricName
    infos.indexPath = try FileLocation(outputs.indexPath).name
    infos.sizeInBytes = try IndexFile.byteCount(of: index)
    infos.compressionRatio =
      Double(index.count) * Double(index.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    return infos
  }

  /// Requires that an index is what the vectors and the pipeline say, as far as it and its infos tell.
  private func requireSame(
    _ index: any VectorIndex, _ source: any EmbeddingSource
  ) throws(IndexError) {
    let path = outputs.indexPath
    if let wanted = pipeline.spec { try requireKind(wanted, of: index) }
    guard index.dimension == source.dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(path) holds vectors of dimension \(index.dimension), the embeddings have"
          + " \(source.dimension)")
    }
    guard index.numbersRows else {
      throw IndexError(
        .unsupported,
        "the ids in \(path) are not 0 to \(index.count - 1), so that new vectors would get ids that are"
          + " taken; of an index in parts, build the new vectors as a part of their own")
    }
    let selection = pipeline.selection
    guard index.metric == selection.metric, index.normalizesVectors == selection.isNormalized
    else {
      let kind =
        index.normalizesVectors ? "cosine" : index.metric == .l2 ? "l2" : "\(index.metric)"
      throw IndexError(
        .invalidArgument,
        "\(path) compares by \(kind), not by \(pipeline.metricName); give its metric with"
          + " metric-type")
    }
  }

  private func requireKind(
    _ spec: IndexSpec, of index: any VectorIndex
  ) throws(IndexError) {
    try index.requireKind(of: spec.factoryString)
    let wanted = try pipeline.selection.isNormalized ? spec.normalizing() : spec
    let name = try FileLocation(outputs.indexPath).name
    guard let infos = IndexInfos.written(at: outputs.infosPath), infos.indexPath == name,
      let known = try? IndexSpec(parsing: infos.indexKey), known != wanted
    else { return }
    throw IndexError(
      .invalidArgument,
      "the index at \(outputs.indexPath) is \(known) by its infos, not \(wanted); leave index-key out"
    )
  }
}
