import Foundation
import Vicinal

/// What was decided before an index is built.
struct BuildJob {
  var choice: Choice
  /// How it was chosen, if that was measured in this run.
  var selected: SelectionReport?
  var plan: MemoryPlan
  /// Where finished steps are kept, if they are.
  var folder: WorkFolder?
  var started: ContinuousClock.Instant
  var timer: StepTimer
  var execution: Execution
  var builder: IndexBuilder
  /// What is to be said about the options.
  var remarks: [String] = []

  /// The steps in the folder.
  func staged(_ count: Int, _ given: Int?) -> StagedBuild? {
    folder.map { folder in
      // A few dozen steps lose little when one is interrupted, and cost little when none is.
      let wanted = given ?? max(262_144, (count + 31) / 32)
      return StagedBuild(builder, in: folder, partRows: min(plan.partRows, wanted))
    }
  }
}

extension BuildIndex {
  /// The work folder of these inputs and options.
  func workFolder(_ source: EmbeddingFiles, isResuming: Bool) throws(IndexError) -> WorkFolder {
    guard let path = try FileLocation(indexPath).localPath else {
      throw IndexError(
        .unsupported,
        "steps are kept in a folder beside the index, which must be on this machine, not at"
          + " \(indexPath)")
    }
    var print = BuildFingerprint()
    print.add(vicinalVersion)
    for file in source.files {
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
      let date = attributes?[.modificationDate] as? Date
      print.add("\(attributes?[.size] ?? 0) \(date?.timeIntervalSince1970 ?? 0)")
    }
    try print.add(source)
    let options: [Any?] = [
      indexKey, indexParam?.settings.description, bounds.target.maxIndexQueryTimeMs,
      bounds.maxIndexMemoryUsage.size.bytes, bounds.currentMemoryAvailable.size.bytes,
      retrieval.minNearestNeighborsToRetrieve, bounds.target.targetRecall,
      bounds.metricType.rawValue, bounds.makeDirectMap, bounds.shouldBeMemoryMappable,
      bounds.floatOnly, steps.nbIndicesToKeep, steps.checkpointVectors, steps.trainedIndex,
      selection.seed, selection.k, selection.selection.rawValue,
      selection.queries.joined(separator: "\n"),
    ]
    for option in options { print.add(option.map { "\($0)" } ?? "none") }
    return try WorkFolder(path + ".work", job: print, isResuming: isResuming)
  }

  /// The index that was chosen before an interruption.
  func recordedChoice(_ folder: WorkFolder?) throws -> Choice? {
    guard let text = folder?.note(.choice) else { return nil }
    return try JSONDecoder().decode(Choice.self, from: Data(text.utf8))
  }

  /// Divides the memory; the companion is left out if that makes the index fit.
  func memoryPlan(
    _ choice: inout Choice, count: Int, dimension: Int, mayUseDisk: Bool? = nil
  ) throws(IndexError) -> MemoryPlan {
    func plan(_ isAccelerated: Bool, disk: Bool) throws(IndexError) -> MemoryPlan {
      try MemoryPlan(
        bound: bounds.currentMemoryAvailable.size, spec: choice.spec, count: count,
        dimension: dimension, isAccelerated: isAccelerated, mayUseDisk: disk)
    }
    for isAccelerated in choice.isAccelerated ? [true, false] : [false] {
      if let found = try? plan(isAccelerated, disk: false) {
        choice.isAccelerated = isAccelerated
        return found
      }
    }
    choice.isAccelerated = false
    return try plan(false, disk: mayUseDisk ?? (saveOnDisk && steps.nbIndicesToKeep == 1))
  }

  /// The whole index in memory, as far as possible from steps that were kept.
  func built(
    from source: any EmbeddingSource, _ job: BuildJob
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    if let staged = job.staged(source.count, steps.checkpointVectors) {
      if let trained = try givenTraining(job) { try staged.adopt(trained) }
      return try staged.build(from: source, execution: job.execution)
    }
    guard var index = try givenTraining(job) else {
      return try job.builder.build(from: source, execution: job.execution)
    }
    try job.builder.fill(&index, from: source, execution: job.execution)
    return (index, [])
  }

  /// The trained index of `--trained-index`.
  func givenTraining(_ job: BuildJob) throws(IndexError) -> (any VectorIndex)? {
    guard let path = steps.trainedIndex else { return nil }
    var options = IndexFile.ReadOptions()
    options.isAccelerated = false
    options.execution.workers = job.execution.workers
    return try IndexMaintenance.requireTraining(
      IndexFile.read(path, options: options), named: path, for: job.builder)
  }

  /// Opens what was written, mapped, as whoever uses it will.
  func requireMappable(_ path: String, _ infos: IndexInfos) throws(IndexError) {
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
