import Vicinal

extension BuildIndex {
  /// Several indexes, one after the other, from one training; ids go through.
  ///
  /// - Returns: The infos of each.
  func build(
    _ parts: [Range<Int>], of source: EmbeddingFiles, _ job: BuildJob
  ) throws -> [IndexInfos] {
    var job = job
    // Parts other than inverted files get an id map in any case.
    if case .idMap(let inner, _) = job.builder.spec { job.builder.spec = inner }
    let staged = job.staged(source.count, steps.checkpointVectors)
    var trained: any VectorIndex
    var warnings: [String] = []
    if let given = try givenTraining(job) {
      trained = given
    } else if let staged {
      (trained, warnings) = try staged.trained(on: source, execution: job.execution)
    } else {
      (trained, warnings) = try job.builder.trained(on: source, execution: job.execution)
    }
    var all: [IndexInfos] = []
    let suffixes = IndexParts.suffixes(parts.count)
    var before: Set<String> = []
    do {
      for (number, suffix) in suffixes.enumerated() {
        if staged?.isDone(number) == true, let infos = writtenInfos(suffix) {
          all.append(infos)
          continue
        }
        if saveOnDisk, !steps.resume { before.formUnion(existing(suffix: suffix)) }
        let slice = try EmbeddingSlice(source, parts[number])
        var index = trained
        try job.builder.fill(&index, from: slice, execution: job.execution)
        var part = job
        part.folder = nil
        all.append(
          try finish(
            &index, slice, part, warnings: number == 0 ? warnings : [], suffix: suffix,
            firstID: parts[number].lowerBound))
        try staged?.markDone(number)
      }
    } catch {
      if !steps.resume {
        takeBack(suffixes.prefix(all.count + 1), before: before)
      } else if !all.isEmpty {
        work.warn(
          "\(all.count) of \(parts.count) indexes are written; the same command goes on from there")
      }
      throw error
    }
    return all
  }

  private func writtenInfos(_ suffix: String) -> IndexInfos? { readInfos(indexInfosPath + suffix) }

  /// An index that does not fit the memory: its lists are put together on disk, and it
  /// is tuned and measured there.
  func buildOnDisk(_ source: EmbeddingFiles, _ job: BuildJob) throws -> IndexInfos {
    guard let staged = job.staged(source.count, steps.checkpointVectors) else {
      throw IndexError(.unsupported, "an index on disk needs a folder for its steps")
    }
    work.note(
      "the index does not fit \(bounds.currentMemoryAvailable.size); building it in parts of"
        + " \(job.plan.partRows) vectors")
    if let given = try givenTraining(job) { try staged.adopt(given) }
    let (whole, warnings) = try staged.buildFile(from: source, execution: job.execution)
    try bounds.maxIndexMemoryUsage.size.require(fileBytes(whole), "the finished index takes")
    var infos = try tuneFile(whole, source, job)
    infos.warnings = warnings + infos.warnings
    for warning in infos.warnings { work.warn(warning) }
    try IndexFile.merge(
      [whole], to: indexPath, settings: KnobSettings(parsing: infos.indexParam),
      hasDirectMap: bounds.makeDirectMap, execution: job.execution)
    infos.selection = job.selected
    infos.sizeInBytes = try fileBytes(indexPath)
    // It was never in memory as a whole; a search program that loads it takes this.
    let loaded = job.choice.spec.byteCount(
      count: source.count, dimension: source.dimension, isAccelerated: false)
    infos.memoryInBytes = max(infos.sizeInBytes, Int(min(loaded, 9e18)))
    try complete(&infos, job, suffix: "")
    return infos
  }

  /// Tunes and measures an index that stays in its file, whose pages do not fill the memory.
  private func tuneFile(
    _ path: String, _ source: EmbeddingFiles, _ job: BuildJob
  ) throws -> IndexInfos {
    job.timer.begin("tune")
    var options = IndexFile.ReadOptions()
    options.isMapped = true
    options.isAccelerated = false
    options.givesPagesBack = true
    options.execution = job.execution
    var index = try IndexFile.read(path, options: options)
    var infos = try tune(&index, source, job)
    infos.isAccelerated = false
    infos.warnings.append(Self.pagedRemark(self))
    return infos
  }

  static func pagedRemark(_ build: BuildIndex) -> String {
    "speed was measured in the file, whose pages are fetched again and again, because the index does"
      + " not fit \(build.bounds.currentMemoryAvailable.size); once it is loaded it is faster"
  }

  private func fileBytes(_ path: String) throws(IndexError) -> Int {
    guard case .file(let size) = try FileLocation(path).status() else { return 0 }
    return size
  }

  /// Says how several indexes turned out.
  func show(_ all: [IndexInfos]) throws {
    if work.json, all.count > 1 { return try Output.json(all) }
    for infos in all { try show(infos) }
  }
}
