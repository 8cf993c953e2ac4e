import ArgumentParser
import Vicinal

/// `vicinal tune-index`: other search parameters for a finished index.
struct TuneIndex: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the search parameters of a finished index and stores them in it.",
    discussion: """
      The fastest setting that reaches --target-recall within --max-index-query-time-ms is taken, \
      otherwise the best recall within that time. With --embeddings, recall is measured against \
      the vectors themselves; without, against what the index keeps of them.
      """)

  @Option(help: "The index file.")
  var indexPath: String

  @Option(help: "Factory string of the index, to be sure that it is the right one; not needed.")
  var indexKey: String?

  @Option(
    name: [.customLong("index-param"), .customLong("param")],
    help: "Search parameters to set, for example nprobe=16; found by measuring unless given.",
    transform: SearchParameters.init(parsing:))
  var indexParam: SearchParameters?

  @Option(help: "Where to write the tuned index; may be the file that was read.")
  var outputIndexPath = "tuned_knn.index"

  @Flag(inversion: .prefixedNo, help: "Write the tuned index; otherwise only report.")
  var saveOnDisk = true

  @Option(help: "Where to write what was measured, as build-index writes it; nowhere unless given.")
  var indexInfosPath: String?

  @Option(help: "Where to write a page about the tuning; nowhere unless given.")
  var report: String?

  @Option(parsing: .upToNextOption, help: "The vectors of the index, in the same order.")
  var embeddings: [String] = []

  @Option(
    parsing: .upToNextOption, help: "Query vectors that are not in the index; needs --embeddings.")
  var queries: [String] = []

  @Option(help: "Queries to take from the vectors.")
  var queryCount = 1000

  @OptionGroup var target: TargetOptions

  @OptionGroup var retrieval: RetrievalOptions

  @OptionGroup var reading: ReadingOptions

  @OptionGroup var work: WorkOptions

  func validate() throws {
    guard queryCount >= 1 else { throw ValidationError("--query-count must be at least 1") }
    if !queries.isEmpty, embeddings.isEmpty {
      throw ValidationError("--queries needs --embeddings, where their neighbours are")
    }
  }

  func run() throws {
    let started = ContinuousClock.now
    let timer = StepTimer()
    timer.begin("read the index")
    let execution = timer.observing(work.execution())
    guard try !BinaryIndexFile.recognizes(indexPath) else {
      throw IndexError(
        .unsupported, "\(indexPath) holds binary vectors; set their parameters when searching")
    }
    var index = try IndexFile.read(indexPath)
    if let indexKey { try index.requireKind(of: indexKey) }
    let remark = retrieval.remark(count: index.count)
    let source = try open(embeddings)
    let given = try open(queries)
    if saveOnDisk {
      // The index was read into memory, so its own file may be replaced.
      try prepareOutputs(
        [
          ("--output-index-path", outputIndexPath), ("--index-infos-path", indexInfosPath),
          ("--report", report),
        ],
        besides: ((source?.files ?? []) + (given?.files ?? [])).map(\.path),
        folders: .made)
    }
    var infos = try tuning.tune(
      &index, parameters: indexParam?.settings.description, source: source, queries: given,
      execution: execution)
    if let remark { infos.warnings.insert(remark, at: 0) }
    for warning in infos.warnings { work.warn(warning) }
    infos.indexKey = try indexKey ?? IndexFile.describe(indexPath).className
    infos.reason = "tuned from \(indexPath)"
    infos.indexPath = saveOnDisk ? outputIndexPath : ""
    infos.sizeInBytes = try IndexFile.byteCount(of: index)
    infos.compressionRatio =
      Double(index.count) * Double(index.dimension) * 4 / Double(max(1, infos.sizeInBytes))
    timer.begin("write")
    if saveOnDisk { try IndexFile.write(index, to: outputIndexPath, execution: execution) }
    infos.versions = BuildVersions(kernels: try KernelSet().level)
    infos.peakMemoryInBytes = peakResidentMemory()
    infos.steps = timer.finish()
    infos.buildSeconds = (ContinuousClock.now - started) / .seconds(1)
    if saveOnDisk {
      if let indexInfosPath { try writeText(Output.encoded(infos), to: indexInfosPath) }
      if let report { try writeText(HTMLReport(infos).html, to: report) }
    }
    if work.json { return try Output.json(infos) }
    try Output.print(text(infos))
  }

  private var tuning: IndexTuning {
    var tuning = IndexTuning()
    tuning.budget.queryMilliseconds = target.maxIndexQueryTimeMs
    tuning.budget.targetRecall = target.targetRecall
    tuning.leastNeighbors = retrieval.minNearestNeighborsToRetrieve
    tuning.queryCount = queryCount
    return tuning
  }

  private func open(_ paths: [String]) throws(IndexError) -> EmbeddingFiles? {
    paths.isEmpty ? nil : try reading.open(paths)
  }

  private func text(_ infos: IndexInfos) -> String {
    var lines = ["parameters       \(infos.indexParam.isEmpty ? "none" : infos.indexParam)"]
    for figure in infos.recalls {
      let name = "recall@\(figure.k)"
      lines.append(
        name + String(repeating: " ", count: max(1, 17 - name.count)) + percent(figure.share)
          + " (\(percent(figure.low)) to \(percent(figure.high)))")
    }
    lines.append(
      "single query     \(milliseconds(infos.averageMilliseconds)) mean, "
        + "\(milliseconds(infos.p99Milliseconds)) 99th percentile")
    if saveOnDisk { lines.append("file             \(outputIndexPath)") }
    return lines.joined(separator: "\n")
  }

  private func milliseconds(_ value: Double) -> String {
    "\((value * 1000).rounded() / 1000) ms"
  }
}
