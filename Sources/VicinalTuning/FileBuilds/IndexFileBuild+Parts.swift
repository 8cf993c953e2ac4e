import VicinalCore
import VicinalDatasets
import VicinalFiles
import VicinalIndexes
import VicinalStorage

extension IndexFileBuild {
  /// Several indexes, one after the other, from one training; ids go through.
  ///
  /// - Returns: The infos of each.
  func build(
    _ ranges: [Range<Int>], of source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> [IndexInfos] {
    var job = job
    // Parts other than inverted files get an id map in any case.
    if case .idMap(let inner, _) = job.builder.spec { job.builder.spec = inner }
    let staged = job.staged(source.count, checkpointRows)
    let (trained, warnings) = try trained(on: source, staged, job)
    var all: [IndexInfos] = []
    let suffixes = IndexParts.suffixes(ranges.count)
    var before: Set<String> = []
    do {
      for (number, suffix) in suffixes.enumerated() {
        if staged?.isDone(number) == true,
          let infos = IndexInfos.written(at: outputs.infosPath + suffix)
        {
          all.append(infos)
          continue
        }
        if outputs.isSaving, !isResuming { before.formUnion(outputs.existing(suffix: suffix)) }
        let slice = try EmbeddingSlice(source, ranges[number])
        var index = trained
        try job.builder.fill(&index, from: slice, execution: job.execution)
        var part = job
        part.folder = nil
        all.append(
          try finish(
            &index, slice, part, warnings: number == 0 ? warnings : [], suffix: suffix,
            firstID: ranges[number].lowerBound))
        try staged?.markDone(number)
      }
    } catch {
      if !isResuming {
        takeBack(suffixes.prefix(all.count + 1), before: before)
      } else if !all.isEmpty {
        warn(
          "\(all.count) of \(ranges.count) indexes are written; the same build goes on from"
            + " there")
      }
      throw error
    }
    return all
  }

  private func trained(
    on source: any EmbeddingSource, _ staged: StagedBuild?, _ job: BuildJob
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    if let given = try givenTraining(job) { return (given, []) }
    guard let staged else { return try job.builder.trained(on: source, execution: job.execution) }
    return try staged.trained(on: source, execution: job.execution)
  }

  /// An index that does not fit the memory: its lists are put together on disk, and it
  /// is tuned and measured there.
  func buildOnDisk(
    _ source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> IndexInfos {
    guard let staged = job.staged(source.count, checkpointRows) else {
      throw IndexError(.unsupported, "an index on disk needs a folder for its steps")
    }
    note(
      "the index does not fit \(pipeline.memory); building it in parts of"
        + " \(job.plan.partRows) vectors")
    let (path, budget) = (outputs.indexPath, pipeline.selection.budget)
    if let given = try givenTraining(job) { try staged.adopt(given) }
    let (whole, warnings) = try staged.buildFile(from: source, execution: job.execution)
    try budget.indexMemory.require(
      RandomAccessFile(FileLocation(whole)).size, "the finished index takes")
    var infos = try tuneFile(whole, source, job)
    infos.warnings = warnings + infos.warnings
    for warning in infos.warnings { warn(warning) }
    try IndexFile.merge(
      [whole], to: path, settings: KnobSettings(parsing: infos.indexParam),
      hasDirectMap: budget.hasDirectMap, execution: job.execution)
    infos.selection = job.selected
    infos.sizeInBytes = try RandomAccessFile(FileLocation(path)).size
    // It was never in memory as a whole; a search program that loads it takes this.
    let loaded = job.choice.spec.byteCount(
      count: source.count, dimension: source.dimension, isAccelerated: false)
    infos.memoryInBytes = max(infos.sizeInBytes, Int(min(loaded, 9e18)))
    try complete(&infos, job, suffix: "")
    return infos
  }

  /// Tunes and measures an index that stays in its file, whose pages do not fill the memory.
  private func tuneFile(
    _ path: String, _ source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> IndexInfos {
    job.timer.begin("tune")
    var options = IndexFile.ReadOptions()
    options.isMapped = true
    options.isAccelerated = false
    options.givesPagesBack = true
    options.execution = job.execution
    var index = try IndexFile.read(path, options: options)
    var infos = try tune(&index, source, job)
    infos.isAccelerated = false
    infos.warnings.append(pagedRemark)
    return infos
  }

  /// Said where an index was measured in its file.
  package var pagedRemark: String {
    "speed was measured in the file, whose pages are fetched again and again, because the index does"
      + " not fit \(pipeline.memory); once it is loaded it is faster"
  }
}
