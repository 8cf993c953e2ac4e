import ArgumentParser
import Foundation
import Vicinal

/// `vicinal build-index`: from a folder of embeddings to a tuned index.
struct BuildIndex: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Builds the best index for a folder of embeddings within a memory bound.",
    discussion: """
      The index file is faiss's format. index_infos.json tells what was chosen, why, and how good \
      it is. Files appear under their names only when complete.
      """)

  @Option(
    parsing: .upToNextOption,
    help: "Files or folders with vectors: paths, s3://, gs:// or hdfs:// URIs.")
  var embeddings: [String]

  @Option(help: "Where to write the index; a path or URI.")
  var indexPath = "knn.index"

  @Option(help: "Where to write what was chosen and measured.")
  var indexInfosPath = "index_infos.json"

  @Option(
    help: "Where to write a page about the build; index_report.html beside the infos unless given.")
  var report: String?

  @Flag(help: "Write no page about the build.")
  var noReport = false

  @Flag(inversion: .prefixedNo, help: "Write these files; otherwise only report.")
  var saveOnDisk = true

  @Option(
    parsing: .upToNextOption,
    help: "Columns of parquet files that say which vector is which; see --ids-path.")
  var idColumns: [String] = []

  @Option(
    help: "A folder for parquet files with the id columns and i, the number of the vector.")
  var idsPath: String?

  @Option(help: "Factory string, for example IVF1024,Flat; chosen unless given.")
  var indexKey: String?

  @Option(
    help: "Search parameters, for example nprobe=16; tuned unless given.",
    transform: SearchParameters.init(parsing:))
  var indexParam: SearchParameters?

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var bounds: BudgetOptions

  @OptionGroup var retrieval: RetrievalOptions

  @OptionGroup var steps: StepOptions

  @OptionGroup var selection: SelectionArguments

  @OptionGroup var distribution: DistributionOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    try distribution.check(steps, isSaving: saveOnDisk)
    try steps.check(isSaving: saveOnDisk)
    guard !embeddings.isEmpty else { throw ValidationError("--embeddings needs a file or folder") }
    if noReport, report != nil {
      throw ValidationError("--report and --no-report contradict each other")
    }
    try checkKey()
  }

  func run() throws {
    guard !distribution.isWanted else { return try SparkLauncher.run(distribution) }
    try show(made())
  }

  /// Builds and writes; the infos of every index.
  func made() throws -> [IndexInfos] {
    giveFreedMemoryBack()
    let started = ContinuousClock.now
    let timer = StepTimer()
    timer.begin("open the embeddings")
    let execution = timer.observing(work.execution())
    let source = try reading.open(embeddings)
    work.note("\(source.count) vectors of dimension \(source.dimension)")
    if let remark = reading.remark(embeddings, source) { work.note(remark) }
    let mapping = try idMapping(source)
    if steps.append { return [try append(source, mapping, started, execution)] }
    let parts = try divided(source)
    if saveOnDisk { try prepareOutputs(outputs(parts.count), besides: source, folders: .madeLater) }
    let recorded = try steps.resume ? workFolder(source, isResuming: true) : nil
    timer.begin("choose")
    var selected: SelectionReport?
    var choice: Choice
    if let known = try recordedChoice(recorded) {
      choice = known
    } else {
      (choice, selected) = try choose(source, execution)
      try recorded?.keep(Output.encoded(choice), as: .choice)
    }
    try IndexMaintenance.check(
      choice.spec, settings: indexParam?.settings ?? KnobSettings(), dimension: source.dimension,
      metric: bounds.metricType.metric)
    let plan = try memoryPlan(&choice, count: parts[0].count, dimension: source.dimension)
    let remarks = self.remarks(choice.spec, count: parts[0].count)
    for remark in remarks { work.warn(remark) }
    if saveOnDisk { try prepareOutputs(outputs(parts.count), besides: source, folders: .madeNow) }
    work.note(
      "building \(choice.spec), about \(MemorySize(bytes: choice.predictedBytes)) of memory:"
        + " \(choice.reason)")
    let folder = try recorded ?? (plan.isOnDisk ? workFolder(source, isResuming: false) : nil)
    var builder = IndexBuilder(
      spec: choice.spec, metric: bounds.metricType.metric, isAccelerated: choice.isAccelerated,
      workMemory: plan.work)
    builder.seed = selection.seed
    builder.timeLimit = selection.maxBuildTime.map { BuildTimeLimit($0.duration, since: started) }
    let job = BuildJob(
      choice: choice, selected: selected, plan: plan, folder: folder, started: started,
      timer: timer, execution: execution, builder: builder, remarks: remarks)
    let all: [IndexInfos]
    do {
      all = try build(source, parts, job)
    } catch {
      // Without --resume nobody would go on from there.
      if !steps.resume { folder?.remove() }
      throw error
    }
    if let idsPath { try mapping?.write(to: idsPath, execution: execution) }
    folder?.remove()
    try removeEarlier(count: parts.count)
    return all
  }

  /// Builds as many indexes as were asked for, in memory or on disk.
  private func build(
    _ source: EmbeddingFiles, _ parts: [Range<Int>], _ job: BuildJob
  ) throws -> [IndexInfos] {
    if parts.count > 1 { return try build(parts, of: source, job) }
    if job.plan.isOnDisk { return [try buildOnDisk(source, job)] }
    var (index, warnings) = try built(from: source, job)
    if bounds.makeDirectMap { try addDirectMap(&index) }
    return [try finish(&index, source, job, warnings: warnings, suffix: "")]
  }

  /// Bounds, tunes, measures and writes an index.
  func finish(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, _ job: BuildJob,
    warnings: [String], suffix: String, firstID: Int? = nil
  ) throws -> IndexInfos {
    var warnings = warnings
    if let remark = try IndexBuilder.enforce(bounds.maxIndexMemoryUsage.size, on: &index) {
      warnings.append(remark)
    }
    for warning in warnings { work.warn(warning) }
    job.timer.begin("tune")
    var infos = try tune(&index, source, job)
    if let firstID {
      try IndexParts.shiftIDs(of: &index, by: firstID)
      if bounds.makeDirectMap { try IndexMaintenance.addHashMap(to: &index) }
    }
    infos.selection = job.selected
    for warning in infos.warnings { work.warn(warning) }
    infos.warnings = warnings + infos.warnings
    infos.sizeInBytes = try IndexFile.byteCount(of: index)
    // The bound is for the file as well as for the loaded index.
    try bounds.maxIndexMemoryUsage.size.require(infos.sizeInBytes, "the file would take")
    job.timer.begin("write")
    if saveOnDisk { try IndexFile.write(index, to: indexPath + suffix, execution: job.execution) }
    try complete(&infos, job, suffix: suffix)
    return infos
  }

  /// Fills in what is known at the end, and writes the infos.
  func complete(_ infos: inout IndexInfos, _ job: BuildJob, suffix: String) throws {
    infos.indexKey = job.choice.spec.factoryString
    infos.reason = job.choice.reason
    infos.metric = bounds.metricType.rawValue
    infos.indexPath = saveOnDisk ? try FileLocation(indexPath + suffix).name : ""
    if saveOnDisk, bounds.shouldBeMemoryMappable { try requireMappable(indexPath + suffix, infos) }
    infos.compressionRatio =
      Double(infos.vectorCount) * Double(infos.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    if let remark = infos.notePeak(within: bounds.currentMemoryAvailable.size) {
      work.warn(remark)
    }
    infos.buildSeconds = (ContinuousClock.now - job.started) / .seconds(1)
    infos.predictedSizeInBytes = job.choice.predictedFileBytes
    infos.predictedMemoryInBytes = job.choice.predictedBytes
    infos.seed = job.builder.seed
    infos.steps = job.timer.finish()
    infos.warnings = job.remarks + infos.warnings
    if let remark = job.builder.timeLimit?.remark {
      work.warn(remark)
      infos.warnings.append(remark)
    }
    try complete(&infos)
    if saveOnDisk { try writeText(Output.encoded(infos), to: indexInfosPath + suffix) }
    if let path = reportPath(suffix: suffix) { try writeText(HTMLReport(infos).html, to: path) }
  }

  /// The id mapping that is wanted, after checking that it can be made and written. As in AutoFaiss
  /// it takes both options; one alone is not an error.
  func idMapping(_ source: EmbeddingFiles) throws(IndexError) -> IDMapping? {
    guard let idsPath, !idColumns.isEmpty else {
      if idsPath != nil { work.warn("--ids-path has no effect without --id-columns") }
      if !idColumns.isEmpty { work.warn("--id-columns has no effect without --ids-path") }
      return nil
    }
    let mapping = try IDMapping(columns: idColumns, of: source)
    if mapping.hasNumbersOnly {
      work.warn("id columns come with parquet files; \(idsPath) will hold only i")
    }
    // Where ids are added, those before are looked at once the index is there to compare with.
    if !steps.append { try IDMapping.check(idsPath) }
    return mapping
  }

  func choose(
    _ source: EmbeddingFiles, _ execution: Execution
  ) throws(IndexError) -> (Choice, SelectionReport?) {
    guard let indexKey else {
      var budget = bounds.choosingBudget
      if distribution.isWanted { (budget.isMemoryMappable, budget.isMergeable) = (true, true) }
      return try selection.choose(
        source, bounds.metricType, budget, isFloatOnly: bounds.floatOnly, memory: memoryForAll,
        mayUseDisk: distribution.isWanted || (saveOnDisk && steps.nbIndicesToKeep == 1),
        execution: execution)
    }
    let spec = try bounds.metricType.spec(try IndexSpec(parsing: indexKey))
    var choice = try TableSelection.fit(
      spec, count: source.count, dimension: source.dimension, budget: bounds.budget)
    if bounds.floatOnly { choice.isAccelerated = false }
    return (choice, nil)
  }

  /// What building all vectors in one index would have to fit: of several indexes only one is in
  /// memory at a time.
  private var memoryForAll: MemorySize {
    let bound = bounds.currentMemoryAvailable.size
    let (bytes, overflow) = bound.bytes.multipliedReportingOverflow(by: steps.nbIndicesToKeep)
    return overflow ? MemorySize(bytes: .max) : MemorySize(bytes: bytes)
  }

  func addDirectMap(_ index: inout any VectorIndex) throws(IndexError) {
    guard try IndexMaintenance.addDirectMap(to: &index) else {
      work.warn("--make-direct-map has no effect on this index: it finds ids without one")
      return
    }
  }

  func tune(
    _ index: inout any VectorIndex, _ source: any EmbeddingSource, _ job: BuildJob
  ) throws -> IndexInfos {
    let execution = job.execution
    var infos = IndexInfos()
    infos.vectorCount = index.count
    infos.dimension = index.dimension
    infos.memoryInBytes = index.byteCount
    infos.isAccelerated = index.hasInt8Companion
    let queries = try selection.heldOut(
      for: index, source, batchRows: job.plan.truthRows(dimension: index.dimension), execution)
    var tuner = ParameterTuner(budget: bounds.budget)
    tuner.leastNeighbors = retrieval.minNearestNeighborsToRetrieve
    tuner.judgedNeighbors = selection.k
    tuner.timeLimit = job.builder.timeLimit?.leftForTuning
    if let indexParam {
      try indexParam.settings.apply(to: &index)
      infos.indexParam = indexParam.settings.description
    } else if steps.nbIndicesToKeep == 1, let kept = job.folder?.note(.parameters) {
      // Measured before an interruption; times, and so the choice, would be others now.
      try IndexMaintenance.set(parameters: kept, on: &index)
      infos.indexParam = kept
    } else {
      let tuning = try tuner.tune(index, on: queries, execution: execution)
      try IndexMaintenance.set(parameters: tuning.chosen.parameters, on: &index)
      infos.indexParam = tuning.chosen.parameters
      try job.folder?.keep(tuning.chosen.parameters, as: .parameters)
      infos.operatingPoints = tuning.measured.map {
        TunedSetting($0, within: bounds.target.maxIndexQueryTimeMs)
      }
      if !tuning.isWithinBound {
        infos.warnings.append(slow(tuning.chosen.meanMilliseconds))
      } else if !tuning.reachesTarget {
        infos.warnings.append(
          "recall \(percent(tuning.chosen.recall[selection.k] ?? 0)) is the best within \(bounds.target.maxIndexQueryTimeMs) ms; allow"
            + " more time or memory for \(percent(bounds.target.targetRecall))")
      }
    }
    try infos.measure(index, queries, areGiven: !selection.queries.isEmpty, execution)
    if indexParam != nil, infos.averageMilliseconds > bounds.target.maxIndexQueryTimeMs {
      infos.warnings.append(slow(infos.averageMilliseconds))
    }
    return infos
  }

  /// Said when the bound of time is missed, which an index can do with its fastest setting.
  private func slow(_ milliseconds: Double) -> String {
    "a query takes \(String(format: "%.3f", milliseconds)) ms, more than the"
      + " \(bounds.target.maxIndexQueryTimeMs) ms allowed; allow more time, or another index or index-param"
  }
}

/// A share as a percentage with one decimal.
func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
