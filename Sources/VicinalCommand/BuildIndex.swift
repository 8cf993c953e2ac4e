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
    try checkAppend()
    try checkKey()
  }

  func run() throws {
    guard !distribution.isWanted else { return try SparkLauncher.run(distribution) }
    try show(made())
  }

  /// Builds and writes; the infos of every index.
  func made() throws -> [IndexInfos] {
    giveFreedMemoryBack()
    var build = try fileBuild()
    build.started = ContinuousClock.now
    let source = try opened()
    try checkIDs(source)
    if steps.append { return [try build.append(source, execution: work.execution())] }
    return try build.make(from: source, execution: work.execution())
  }

  /// The embeddings, with what is to be said about them.
  func opened() throws -> EmbeddingFiles {
    let source = try reading.open(embeddings)
    work.note("\(source.count) vectors of dimension \(source.dimension)")
    if let remark = reading.remark(embeddings, source) { work.note(remark) }
    return source
  }

  /// What the options say, as the library takes it.
  func fileBuild() throws(IndexError) -> IndexFileBuild {
    var pipeline = IndexPipeline(metric: bounds.metricType.metric)
    pipeline.selection = try selection.options(bounds, reading)
    pipeline.spec = try indexKey.map { key throws(IndexError) in try IndexSpec(parsing: key) }
    pipeline.parameters = indexParam?.settings.description
    pipeline.memory = bounds.currentMemoryAvailable.size
    pipeline.leastNeighbors = retrieval.minNearestNeighborsToRetrieve
    var outputs = BuildOutputs(indexPath: indexPath, infosPath: indexInfosPath)
    outputs.reportPath = noReport ? nil : report ?? BuildOutputs.page(besides: indexInfosPath)
    (outputs.idsPath, outputs.idColumns, outputs.isSaving) = (idsPath, idColumns, saveOnDisk)
    let work = work
    var build = IndexFileBuild(pipeline, to: outputs) { remark in
      switch remark {
      case .note(let text): work.note(text)
      case .warning(let text): work.warn(text)
      }
    }
    build.parts = steps.nbIndicesToKeep
    (build.isResuming, build.checkpointRows) = (steps.resume, steps.checkpointVectors)
    build.trainedIndex = steps.trainedIndex
    build.isDistributed = distribution.isWanted
    let retrieval = retrieval
    build.remarks = { [retrieval.remark(count: $0)].compactMap(\.self) }
    return build
  }
}
